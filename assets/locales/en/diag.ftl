### Remarks of imports. A code with a text of its own has `diag-` and the code, `-` for `.`; all others use the general ones.

diag-place = at { $place }
diag-severity-info = Note
diag-severity-warning = Remark
diag-severity-error = Missing
diag-line = { $severity } { $code } at { $place }: { $message }
diag-line-file = { $severity } { $code }: { $message }
diag-further = { $code }: { $count } more
diag-none = No remarks: everything was read.
diag-summary = { $errors } missing, { $warnings } approximated, { $notes } notes.

# How an object is drawn other than its file says. $reason: from the geometry kernel.
diag-ifc-shape-boxed = Drawn as a hatched box, because its shape could not be made: { $reason }.
diag-ifc-shape-simplified = Drawn hatched and simpler than it is, without what is cut from it, because its shape could not be made: { $reason }.
diag-ifc-shape-partial = A part of its shape is missing: { $reason }.
diag-ifc-shape-approximated = A cut or union in its shape was made by other means than asked for: { $reason }.
diag-ifc-shape-failed = This { $class } is not drawn, because its shape could not be made: { $reason }.
diag-ifc-placement-failed = It may stand elsewhere, because its placement could not be evaluated: { $reason }.
