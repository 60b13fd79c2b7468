"""Grade a class: rebuild each submission, run it in the sandbox, judge it, record its marks."""
