// Tables of class `sortable`: a click on a heading sorts by it, a second one the other way round.
// Of a long one a page of rows is in the document, beside a field that searches all of them; on
// paper, and without this script, every row is there.
const PAGE = 50;

for (const table of document.querySelectorAll("table.sortable")) {
  const body = table.tBodies[0], rows = [...body.rows], heads = [...table.tHead.rows[0].cells];
  const show = rows.length > PAGE ? inPages(table, rows) : () => body.append(...rows);
  heads.forEach((head, column) => {
    if (head.classList.contains("plain")) return;
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.onclick = () => {
      const before = head.getAttribute("aria-sort");
      const down = before ? before === "ascending" : head.classList.contains("number");
      heads.forEach(each => each.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const key = row => row.cells[column].dataset.sort ?? row.cells[column].textContent.trim();
      rows.sort((a, b) => {
        const x = key(a), y = key(b);
        if (!x || !y) return (x ? 0 : 1) - (y ? 0 : 1);  // what is empty stays at the end
        const order = Number.isNaN(x - y) ? x.localeCompare(y, undefined, {numeric: true}) : x - y;
        return down ? -order : order;
      });
      show();
    };
  });
}

// Puts a bar above the table; returns the function that shows the rows from one on.
function inPages(table, rows) {
  const card = table.closest(".scroll"), name = card.getAttribute("aria-label");
  const bar = document.createElement("div"), both = document.createElement("div");
  bar.className = "pages";
  bar.setAttribute("role", "group");
  bar.setAttribute("aria-label", `${name}: search and pages`);
  bar.innerHTML = `<label>Search <input type="search" autocomplete="off"></label> <output></output>
    <button type="button">Previous</button> <button type="button">Next</button>`;
  card.replaceWith(both);
  both.append(bar, card);
  const [input, place] = bar.querySelectorAll("input, output");
  const [previous, next] = bar.querySelectorAll("button");
  const words = row => [...row.cells].filter(cell => cell.dataset.sort === undefined)
    .map(cell => cell.textContent.toLowerCase()).join(" ");  // not in points
  const texts = new Map(rows.map(row => [row, words(row)]));
  let first = 0, count = rows.length;

  function show(start = 0, size = PAGE) {
    const wanted = input.value.toLowerCase().split(/\s+/);
    const found = rows.filter(row => wanted.every(word => texts.get(row).includes(word)));
    const shown = found.slice(start, start + size);
    [first, count] = [start, found.length];
    table.tBodies[0].replaceChildren(...shown);
    table.setAttribute("aria-rowcount", count + 1);
    shown.forEach((row, index) => row.setAttribute("aria-rowindex", start + index + 2));
    const number = value => value.toLocaleString("en");
    place.value = count ? `${number(start + 1)}–${number(start + shown.length)} of ${number(count)}`
      : "Nothing found";
    previous.setAttribute("aria-disabled", first === 0);
    next.setAttribute("aria-disabled", first + PAGE >= count);
  }

  function turn(start) {
    if (start < 0 || start >= count) return;
    show(start);
    if (both.getBoundingClientRect().top < 0) both.scrollIntoView();
  }

  input.oninput = () => show();
  previous.onclick = () => turn(first - PAGE);
  next.onclick = () => turn(first + PAGE);
  addEventListener("beforeprint", () => show(0, Infinity));
  addEventListener("afterprint", () => show());
  show();
  return show;
}

addEventListener("beforeprint", () => {
  document.querySelectorAll("details.more").forEach(list => { list.open = true; });
});
