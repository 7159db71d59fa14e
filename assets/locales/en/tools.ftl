### Words of the tools: saved views, measuring, sections, coloring, files, jobs, the overview, the large screen.

# Saved views
views-menu = Views
views-menu-hint = Saved views (PageUp, PageDown)
views-empty = No saved views yet. A view keeps camera, layers, time, overlay and section. Give what you see now a name.
views-name = Name of the view
views-save = Save view
views-go = Show view { $n }: { $name }
views-rename = Rename { $name }
views-rename-to = New name of { $name }
views-overwrite = Save what is shown now as { $name }
views-up = Move { $name } up
views-down = Move { $name } down
views-delete = Delete { $name }
views-step = { $n } / { $count }
views-default-name = View { $n }

# Measuring
measure-tool = Measure (M)
measure-title = Measure
measure-distance = Distance
measure-height = Height
measure-area = Area
measure-angle = Angle
measure-hint-distance = Click points along the way. Enter finishes, Backspace takes a point back, Esc ends.
measure-hint-height = Click the lower, then the upper point. Esc ends.
measure-hint-area = Click the corners. Enter finishes, Backspace takes a point back, Esc ends.
measure-hint-angle = Click a point, the vertex, and a point. Esc ends.
measure-live = Measured so far: { $value }
measure-nothing = Set the first point
measure-horizontal = horizontal
measure-vertical = vertical
measure-perimeter = perimeter
measure-slope = slope
measure-row = { $kind } { $value }
measure-go = Zoom to { $what }
measure-delete = Delete { $what }
measure-clear = Clear all
measure-end = Put the tool away
snap-vertex = Vertex
snap-edge = Edge
snap-face = Face

# Section
section-tool = Section (C)
section-title = Section
section-plane = Plane
section-axis-east = East
section-axis-north = North
section-axis-up = Height
section-axis-face = Face
section-axis-hint = Cut square to { $axis }
section-pick = Click a face in the scene.
section-offset = Offset of the plane
section-offset-number = Offset in meters
section-flip = Flip
section-box = Box
section-box-selection = Around the selection
section-box-min = from
section-box-max = to
section-box-corner = { $axis } { $end }
section-reset = Reset
section-close = Close the section panel

# Visibility
hidden-count = { $n ->
    [one] 1 object hidden
   *[other] { $count } objects hidden
}
ghosted-count = { $n ->
    [one] 1 translucent
   *[other] { $count } translucent
}
hidden-filtered = Only a part is shown
hidden-show-all = Show all

# Coloring
color-tool = Color by a property (5)
color-title = Color by
color-search = Find a property
color-class = Class
color-storey = Storey
color-type = Type
color-material = Material
color-source = Source
color-choice = Color by { $name }, { $count }
color-none-found = No property is called “{ $text }”. Search by a part of its name.
color-none = No coloring
color-as-categories = A color for each value
color-as-range = Graduated by number
color-other = other values
color-no-value = no value
color-no-number = no number
color-from = Number of the first color
color-to = Number of the last color
color-full-range = Whole range
color-only = Show only { $value }, { $count }
color-counting = Counting values…
color-step = { $from } to { $to }
color-all = Show all values
color-close = Stop coloring by { $name }

# Undo
undo = Undo
redo = Redo
undo-what = Undo: { $what }
redo-what = Redo: { $what }
edit-hide = hide
edit-show = show
edit-isolate = isolate
edit-ghost = make translucent
edit-select = select
edit-layers = layers
edit-colors = colors
edit-section = section
edit-measure = measurement
edit-views = saved views
edit-placement = placement
edit-style = style of a layer

# Project menu and the chooser of files
menu-recent = Recent projects
recent-open = Open { $path }
recent-missing = not found
recent-forget = Take { $name } off the list
chooser-open = Open project
chooser-new = New project
chooser-import = Import files
chooser-snapshot = Save a snapshot
chooser-path = Path
chooser-folder = Go to { $name }
chooser-place = Places
chooser-file = File { $name }, { $size }
chooser-empty = Nothing in this folder fits. Go to another folder, or type a path above.
chooser-loading = Reading the folder…
chooser-name = File name
chooser-crs = Coordinate system
chooser-crs-hint = EPSG:4548, with heights EPSG:4548+EPSG:5737
chooser-do-open = Open
chooser-do-new = Create
chooser-do-snapshot = Save
chooser-do-import = { $n ->
    [0] Import
    [one] Import 1 file
   *[other] Import { $count } files
}
chooser-cancel = Cancel
chooser-drop = Files can also be dropped onto the window.

# Jobs and reports
jobs-title = Jobs
jobs-close = Close the list of jobs
job-dismiss = Take { $name } off the list
job-remarks = { $n ->
    [0] no remarks
    [one] 1 remark
   *[other] { $count } remarks
}
job-report-open = Report of { $name }
report-title = Report: { $name }
report-counts = { $errors } errors, { $warnings } warnings, { $notes } notes
report-empty = Everything in the file was understood.
report-show = Show in the scene: { $text }
report-close = Close the report
severity-error = Error
severity-warning = Warning
severity-info = Note

# Memory
memory-open = Memory: { $text }
memory-title = Memory
memory-limit = Memory limit
memory-apply = Set limit
memory-explain = Meshes, rasters and textures together stay below this limit. What does not fit is shown coarser; nothing disappears.
memory-coarser = Coarser: memory limit
memory-coarser-explain = The memory limit of { $limit } does not hold all details of this view. Objects are complete but coarser. Raise the limit to see more.

# Overview
overview = Overview map: click to fly there
overview-close = Close the overview map
overview-open = Open the overview map

# Moving
motion-orbit = Orbit
motion-fly = Fly
motion-walk = Walk
motion-hint-orbit = Orbit about the point under the pointer
motion-hint-fly = Fly: W A S D Q E, wheel for speed
motion-hint-walk = Walk on the ground: W A S D, wheel for speed
motion-speed = Speed { $speed }

# Help
help-title = Hands and keys
help-close = Close the help
help-hands = Hands
help-keys = Keys
help-click = left click
help-click-what = select; with Ctrl add, with Shift a range
help-drag = left drag
help-drag-what = orbit about the point under the pointer
help-pan = right or middle drag
help-pan-what = pan; the grabbed point stays under the pointer
help-wheel = wheel
help-wheel-what = zoom to the pointer, never through it
help-menu = right click
help-menu-what = menu for what lies there
help-box = Alt + drag
help-box-what = select by box
help-double = double click
help-double-what = zoom to the object
help-fly = W A S D Q E
help-fly-what = fly while the right button is held; wheel for speed

# Large screen and size
ui-scale = Size of text and panels

# Further commands
cmd-ghost = Make translucent
cmd-measure-distance = Measure a distance
cmd-measure-height = Measure a height
cmd-measure-area = Measure an area
cmd-measure-angle = Measure an angle
cmd-section = Section
cmd-section-reset = Section: reset
cmd-color-by = Color by a property
cmd-save-view = Save this view
cmd-next-view = Next saved view
cmd-previous-view = Previous saved view
cmd-undo = Undo
cmd-redo = Redo
cmd-orbit = Orbit
cmd-fly = Fly
cmd-walk = Walk
cmd-overview = Overview map
cmd-jobs = Jobs
cmd-help = Hands and keys
cmd-large = Large-screen mode
cmd-larger = Larger text and panels
cmd-smaller = Smaller text and panels
cmd-normal-size = Normal size of text and panels
cmd-focus-next = Next control
cmd-focus-previous = Previous control
tree-scroll = Scroll the scene tree
layer-ground = Ground
overlay-menu = Overlay
chooser-crs-list = Common coordinate systems

# Placement report
placing-title = Place of { $source }
placing-close = Close the placement report
placing-busy = The decision is being carried out…
placing-placed = It has its place. The decision is recorded and can be undone.
placing-waiting = It waits: no way to lie clearly wins. Accept one of them.
placing-empty = Nothing was weighed: its coordinates are in the CRS of the project.
placing-undo = Undo the last decision
placing-score = Fits by { $score }
placing-moves = Moved by { $flat } m on the map, { $up } m up
placing-show = Show
placing-show-n = Show where hypothesis { $n } puts it
placing-accept = Accept
placing-accept-n = Accept hypothesis { $n }
placing-ghost = Hypothesis { $n }: { $name }
placing-open = Why { $name } lies where it lies
placing-open-waiting = { $name } waits for its place: see the hypotheses
hypothesis-as-declared = As the file says
hypothesis-offset-twice = Offset applied twice
hypothesis-map-unit-mismatch = Map unit differs
hypothesis-project-unit-mismatch = Project unit is wrong
hypothesis-axes-swapped = Easting and northing exchanged
hypothesis-zone-prefix = Zone number before the easting
hypothesis-wrong-zone = Another zone
hypothesis-wrong-datum = Another datum
hypothesis-true-north-for-grid = True north taken for grid north
hypothesis-rotation-sign = Turned the other way round
hypothesis-ellipsoidal-height = Heights above the ellipsoid
hypothesis-site-latlong = Latitude and longitude of the site
hypothesis-no-georeference = No georeference
hypothesis-nudged = Moved by hand
hypothesis-fitted = Fitted to points
