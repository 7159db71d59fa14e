# What the command line says. Each problem: what happened, where, what to do.

app-new-done = Made the project { $path }.
app-import-done = { $path }: imported as { $source }, { $objects } objects.
app-import-records = { $path }: imported as { $source }, { $rows } rows.
app-import-partial = { $path }: imported as { $source }, { $objects } objects, with { $n } remarks.
app-import-waiting = { $path }: imported as { $source }, but it waits for its place. See `lantu placement { $project } { $source }`, then add --accept N.
app-import-failed = { $path }: { $problem }
app-remark = {"  "}{ $severity } { $where }: { $message }
app-remark-more = {"  "}… and { $n } more; --report FILE.json has them all.
app-at = at { $place }
app-severity-info = note
app-severity-warning = warning
app-severity-error = error

app-problem-missing = the file { $path } does not exist. Check the path.
app-problem-read = the file { $path } cannot be read: { $detail }. Check that you may read it.
app-problem-empty = the file { $path } is empty. Ask for it again.
app-problem-unknown-format = the file { $path } is of no kind that Lantu imports: { $detail }. Check that it is the right file, or name the importer with --as.
app-problem-memory = importing { $path } needed more memory than allowed and was stopped. Raise --memory, or split the file.
app-problem-deadline = importing { $path } took longer than { $seconds } s and was stopped. Raise --deadline.
app-problem-crash = the import of { $path } ended unexpectedly: { $detail }. Nothing else is affected; please report the file.
app-problem-cancelled = the import of { $path } was stopped. What was imported before is kept.
app-problem-no-georeference = the file { $path } has no georeference: { $detail }. Add a world file, or georeference it first.
app-problem-no-crs = the file { $path } names no coordinate system. Say which with --crs EPSG:n.
app-problem-other = the file { $path } cannot be used: { $detail } { $place }. Check it with the program that wrote it.

app-error-not-found = There is no { $path }. Check the path, or make a project with `lantu new`.
app-error-exists = { $path } exists already, and nothing is overwritten. Choose another name.
app-error-not-a-project = { $path } is not a Lantu project: it holds { $detail }. Open a file ending in .lantu that Lantu made.
app-error-other-program = { $path } is a database of another program ({ $detail }). Open a file ending in .lantu that Lantu made.
app-error-damaged = The project { $path } is damaged: { $detail }. Restore it from a copy; `lantu verify` lists what is wrong.
app-error-newer = The project { $path } was made by a newer Lantu ({ $detail }). Install the newer version.
app-error-older = The project { $path } has a format that is no longer read ({ $detail }).
app-error-read-only = { $path } cannot be written: its folder is read-only. Copy the project elsewhere, or ask for write access.
app-error-busy = The project { $path } is open for writing elsewhere. Close it there first.
app-error-unknown-source = The project { $path } has no source { $detail }. `lantu info` lists them.
app-error-nothing-to-undo = No placement decision of { $detail } is left to take back in { $path }.
app-error-crs = The coordinate system cannot be used: { $detail }. Name a projected one as EPSG:n, for example EPSG:4548.
app-error-time = { $detail } Write 2026-07-31T14:05:00+08:00, or a local date.
app-error-unknown = There is no { $what } { $name } in the project. `lantu info` and `lantu objects` list what there is.
app-error-ambiguous = { $name } names { $n } objects. Write source:id to choose one.
app-error-gpu = No graphics driver can draw: { $detail }. Install a Vulkan driver; mesa-vulkan-drivers draws without a graphics card.
app-error-no-display = No window can be opened: { $detail }. Start Lantu in a desktop session, or use `lantu snapshot`.
app-error-file = The file { $path } cannot be used: { $detail }.
app-error-cancelled = Stopped. What was reported as done is kept.

app-info-head = { $name }: { $objects } objects, { $triangles } triangles, { $crs }, { $zone }
app-info-source = {"  "}{ $source } ({ $importer }): { $objects } objects, { $state }
app-info-placed = placed
app-info-waiting = waits for its place
app-info-absent = its file is absent
app-info-span = {"  "}clock from { $from } to { $to }
app-inspect-head = { $path }: { $schema }, { $crs }, unit { $unit }
app-inspect-counts = {"  "}{ $objects } objects, { $shapes } with shape, { $triangles } triangles, { $properties } properties, { $quantities } quantities, { $diagnostics } remarks
app-inspect-class = {"  "}{ $n } × { $class }
app-none = none
app-placement-head = { $source }: { $state }
app-placement-row = {"  "}{ $chosen } { $n } { $name } (score { $score }): { $reasons }
app-verify-passed = { $path }: everything checked is intact ({ $checked }).
app-verify-failed = { $path }: { $n } checks failed.
app-verify-line = {"  "}{ $what } { $place }: { $detail }
app-snapshot-done = Wrote { $path }, { $width } × { $height }.
app-demo-writing = Writing the demo district to { $path } …
app-demo-importing = Importing { $n } files …
app-demo-done = The demo project is { $path }. Open it with `lantu view { $path }`.
app-demo-picture = Wrote { $path }.
app-notice-imported = { $path } imported.
app-notice-copied = Copied.
app-notice-snapshot = Picture written to { $path }.
app-notice-device-lost = The graphics device was lost. A new one is in use; the scene loads again.
app-notice-progress = { $name }: { $percent } % { $step }
app-notice-stopped = Stopped: { $name }. What was imported before stays.
app-notice-busy = Too much waits already. Try again when a job has ended.
app-notice-drop-needs-project = Files are imported into a project: open one first, or make a new one.
app-demo-name = Demo district
app-bench-city-name = Generated district
app-bench-city-done = Wrote a district of { $n } objects to { $path }.
app-bench-compared = Frame { $frame }: { $percent } % of pixels differ from full detail.
app-bench-frames-done = { $mode ->
    [moving] Moving
   *[settled] Settled
}: { $median } ms of CPU a frame (median), { $high } ms (95th percentile); at most { $resident } MB resident of { $limit } MB, { $process } MB in the process.
