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
