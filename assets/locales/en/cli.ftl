### What commands and dialogs say. Errors say what happened, where, and what to do.
### $path is repeated as the user wrote it; $reason is the system's own sentence.

# Files
cli-file-missing = There is no file { $path }. Check the spelling and the folder.
cli-file-unreadable = { $path } cannot be read: { $reason }. Check the permissions, or whether another program holds the file.
cli-file-empty = { $path } is empty. Get the file again from its author.
cli-file-truncated = { $path } ends too early, at { $place }. It was probably cut while copying: copy or download it again.
cli-file-not-recognized = { $path } is none of the formats that Lantu reads. Give an IFC model, a GeoTIFF, a GeoPackage, a GeoJSON or shape file, or a schedule in CSV; or name the importer with --as.
cli-file-not-step = { $path } is not IFC: it begins with { $found }. Export the model again as IFC (STEP, “.ifc”).
cli-file-is-zip = { $path } is a zip archive, not IFC. Unpack it, then import the .ifc file inside.
cli-file-is-text = { $path } is text, not IFC: it begins with { $found }. Check that this is the file you meant.
cli-file-damaged = { $path } is damaged at { $place }: { $reason }. Everything before that place was read; get the file again from its author.
cli-file-not-written = { $path } cannot be written: { $reason }. Choose another folder, or free some space.
cli-file-exists = { $path } is there already. Choose another name, or remove it first.

# Coordinates
cli-raster-no-georeference = { $path } is a picture without a georeference: nobody says where it lies. Add a world file (.tfw) or export it as GeoTIFF, then import it again.
cli-crs-missing = { $path } does not say in which CRS its coordinates are. Import it again with --crs, for example --crs EPSG:4548.
cli-crs-unknown = { $crs } is not a CRS that PROJ knows. Give EPSG:n, WKT or a .prj file.
cli-crs-not-projected = { $crs } counts in degrees; a project needs a projected CRS in meters or feet. Choose one, for example EPSG:4548.
cli-crs-wrong = { $path } does not fit the project: in { $crs } it lies { $distance } away from the rest. Check the CRS and import it again with --crs.
cli-crs-no-operation = There is no way from { $from } to { $to } here: { $reason }. Install the grid files that PROJ names, or choose another CRS.

# Projects
cli-project-missing = There is no project { $path }. Create it with: lantu new { $path } --crs EPSG:n
cli-project-foreign = { $path } is not a Lantu project: { $found }. Open it with the program that wrote it; its layers can be imported with: lantu import PROJECT { $path }
cli-project-newer = { $path } was written by a newer Lantu (format { $found }, this one reads up to { $known }). Install the newer version.
cli-project-damaged = { $path } is damaged: { $reason }. Restore it from a backup; lantu verify { $path } lists what is hurt.
cli-project-locked = { $path } is open in another Lantu. Close it there, then try again.
cli-folder-read-only = The folder of { $path } cannot be written. The project opens for reading only; copy it to a folder of your own to change it.
cli-project-created = Created { $path } in { $crs }.

# Machine
cli-no-gpu = There is no graphics driver that Lantu can use: { $reason }. Install one, or the software driver (Debian: mesa-vulkan-drivers); everything but pictures works without it.
cli-gpu-failed = The graphics adapter { $adapter } reported: { $reason }. The view is blank; the project is safe. Update the driver or start again.
cli-software-gpu = Drawn by the CPU ({ $adapter }): slow, but complete.
cli-no-display = There is no display. Pictures can be made without one: lantu snapshot PROJECT --out FILE.png
cli-picture-too-large = A picture of { $size } is larger than { $adapter } can draw ({ $limit }). Ask for a smaller --size.

# Imports
cli-import-refused = { $path } was refused: { $reason }. The other files go on.
cli-import-memory = { $path } needs more than the { $limit } of memory that were allowed, and was stopped. Allow more with --memory, or split the file.
cli-import-deadline = { $path } took longer than { $limit } and was stopped. Allow more with --deadline, or split the file.
cli-import-crashed = The importer crashed on { $path } ({ $reason }). The project is unharmed and the other files go on; please report the file.
cli-import-cancelled = { $path }: cancelled. What was reported as done stays.
cli-import-duplicate = { $path } is in the project already, as source { $source }.
cli-import-started = { $path }: reading as { $importer }.
cli-import-step = { $path }: { $step }, { $percent } %
cli-import-done = { $path }: { $objects } objects, { $triangles } triangles, { $seconds } s. Source { $source }.
cli-import-partial = { $path }: { $kept } of { $read } objects, { $dropped } dropped, { $warnings } remarks. Source { $source }; the report lists them.
cli-import-nothing = { $path }: nothing in it can be shown. { $reason }
cli-import-summary = { $done } of { $total } files imported, { $partial } in part, { $failed } failed.
cli-import-report = Report: { $path }

# Placement
cli-placement-waits = { $source } waits for a place: { $reason }. See the choices with: lantu placement { $project } { $source }
cli-placement-placed = { $source } is placed as { $hypothesis }.
cli-placement-accepted = { $source } is placed as { $hypothesis }, decided by { $by } at { $at }.
cli-placement-undone = The decision about { $source } is taken back; it waits for a place again.
cli-placement-choice = { $n }  { $hypothesis }  score { $score }  { $reason }
cli-placement-no-choice = { $source } has no choice { $n }. It has { $count }; see them with: lantu placement { $project } { $source }
cli-placement-as_declared = as the file declares
cli-placement-no_georeference = at its own coordinates, without a georeference

# Verification
cli-verify-ok = { $path } is intact: { $entries } log entries, { $sources } sources, { $tiles } tiles.
cli-verify-failed = { $path } is not intact: { $n ->
    [one] 1 finding
   *[other] { $count } findings
}.
cli-verify-database = The database is damaged at { $place }: { $reason }. Restore the project from a backup.
cli-verify-log = Log entry { $entry } does not match its chain: it or one before it was changed. Compare with a backup.
cli-verify-source = Source { $source } was changed after its import: { $path }. Import it again, or bring the old file back.
cli-verify-source-missing = Source { $source } is not at { $path }. Bring the file back, or import it again.
cli-verify-tile = Tile pack { $tile } is damaged. Delete the folder { $path }: it is made again from the sources.

# Requests
cli-usage = { $what } is not understood: { $reason }. See lantu { $command } --help.
cli-time-unreadable = { $text } is not a time. Write 2026-07-31T14:05:00+08:00, or a date or time in the project's zone.
cli-zone-unknown = { $zone } is not a time zone. Write an IANA name, for example Asia/Shanghai.
cli-object-missing = There is no object { $object } in { $path }. List them with: lantu objects { $path }
cli-object-ambiguous = { $object } is in several sources: { $sources }. Write source:{ $object }.
cli-source-missing = There is no source { $source } in { $path }. List them with: lantu info { $path }
cli-view-missing = There is no view { $view } in { $path }.
cli-where-unreadable = The condition is not understood at { $place }: { $reason }.
cli-internal = Lantu met a fault of its own: { $reason }. The project is safe; please report this.
cli-cancelled = Stopped. What was reported as done stays.

# Results
cli-demo-written = The demo district is in { $path }.
cli-demo-next = Open it with: lantu view { $path }
cli-snapshot-written = { $path }: { $size }, drawn by { $adapter } in { $seconds } s.
cli-rebuild-tiles = The tiles of { $source } are not there and are made again from { $path }.
cli-info-source = { $source }: { $objects } objects from { $path }
