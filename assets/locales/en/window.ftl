### Words of the window: panels, buttons, empty states.
### Messages say what happened, where and what to do. Arguments are text that is already formatted, except $n.

app-name = Lantu
language-name = English
language-switch = Language

# Top bar
menu-project = Project menu
menu-new = New project…
menu-open = Open project…
menu-import = Import files…
menu-demo = Open the demo district
menu-snapshot = Save a snapshot…
menu-quit = Quit
theme-light = Light theme
theme-dark = Dark theme
no-project = No project
search-or-command = Search or command
overlay-progress = Progress
overlay-sensor = Sensors
overlay-risk = Risk
overlay-change = Changes
overlay-none = None
xray-ground-hint = See buried utilities through the ground (X)
view-top-hint = Look straight down, grid north up (T)
view-fit-hint = Show everything (Home)
overlay-hint = { $name } ({ $key })
outline-tool = Outline by a second overlay (Ctrl+1 to Ctrl+4)
outline-hint = Outlines, whatever fills the objects
panel-left-toggle = Scene and layers panel
panel-right-toggle = Properties panel

# Scene tree
panel-scene = Scene
tree-search = Find by name, class, id or value
tree-search-clear = Clear the search
tree-empty = Nothing is loaded. Import models, orthophotos or GIS layers to fill the scene.
tree-importing = Importing { $name }. Its objects are listed here when it is whole.
tree-no-match = Nothing matches “{ $text }”. Search by part of a name, class, id, type, material or property value.
tree-matches = { $n ->
    [one] 1 match
   *[other] { $count } matches
}
tree-objects = { $n ->
    [one] 1 object
   *[other] { $count } objects
}
tree-expand = Expand { $name }
tree-collapse = Collapse { $name }
tree-show = Show { $name }
tree-hide = Hide { $name }
tree-unnamed = (no name)
tree-loading = Loading…

# Layers
panel-layers = Layers
layers-empty = No layers. Orthophotos, elevation models and GIS layers appear here once imported.
layer-visible = Show layer { $name }
ground-look = Ground display
ground-look-reset = As it is
ground-brightness = Brightness
ground-contrast = Contrast
ground-hillshade = Shaded relief
ground-slope = Slope
ground-exaggeration = Heights drawn taller
ground-exaggeration-hint = Drawn only: heights that are shown and measured stay true
ground-contours = Contours
ground-contours-none = none
swipe-begin = Compare: show { $name } only right of a line
swipe-end = End the comparison with { $name }
swipe-line = Line of the comparison: { $name } lies right of it
layer-opacity = Opacity of { $name }
layer-kind-model = Model
layer-kind-orthophoto = Orthophoto
layer-kind-elevation = Elevation model
layer-kind-surface = Surface model (roofs and crowns)
layer-kind-vector = GIS layer
layer-kind-utilities = Buried utilities
layer-kind-cells = Management cells
layer-waiting = Waits for placement
style-title = Style of { $name }
style-close = Close the style of { $name }
style-colors = Colors by
style-numbers = Numbers
style-graduated = Classes
style-categories = Categories
style-ramp = Color ramp
style-classes = Number of classes
style-heights = Heights
style-names = Names by
style-by-rules = as the layer's name says
style-drape = on the terrain
style-relative = above or below the terrain
style-absolute = as in the file
style-viridis = violet – green – yellow
style-cividis = blue – gray – yellow
style-blue-red = blue – white – red
style-apply = Apply
style-reset = Back to the rules
style-legend = Drawn now, with the number of features

# Properties
panel-properties = Properties
props-empty = Select an object in the scene, the tree or the legend to see what it is, where it is and why it has its color.
here-title = On the ground
here-layers = Rasters at the clicked place
here-nothing = no data
props-what = What it is
props-where = Where it is
props-why = Why this color
props-why-outline = Why this outline
props-channels = Sensor channels
props-sets = Properties and quantities
props-class = Class
props-type = Type
props-id = Id
props-source = Source
props-container = Part of
props-materials = Materials
props-easting = Easting
props-northing = Northing
props-height = Height
props-size = Size
props-crs = CRS
props-rule = Rule
props-rule-version = { $rule }, version { $version }
props-evidence = Source
props-as-of = As of { $time }
props-no-overlay = No overlay is shown. Choose progress, sensors or risk above.
props-no-reason = This overlay says nothing about this object.
props-no-sets = The source gives no properties or quantities for this object.
props-copy-id = Copy id
props-copy-coordinates = Copy coordinates
props-more-selected = { $n ->
    [one] 1 more object is selected.
   *[other] { $count } more objects are selected.
}
props-close = Clear the selection
channel-at = at { $time }
channel-never = No value yet
channel-chart = Chart of { $name }

# Time
time-play = Play
time-pause = Pause
time-back = Step back
time-forward = Step forward
time-slider = Time slider
time-speed = { $speed } per second
time-empty = No schedule and no samples yet. Import a schedule or connect a feed to move through time.
time-mark-milestone = Milestone: { $name }, { $time }
time-mark-alarm = Alarm: { $name }, { $time }

# Status bar
status-easting = E
status-northing = N
status-height = H
status-pointer = Position under the pointer
status-no-position = No position
status-no-height-datum = height datum unknown
status-jobs = { $n ->
    [one] 1 job
   *[other] { $count } jobs
}
status-jobs-none = No jobs
status-job-cancel = Cancel { $name }
status-memory-of = { $used } / { $limit }
status-frame = Time of the last frame
status-frame-ms = { $ms } ms
status-zone = Project time zone
status-renderer = Drawn by { $adapter }
status-software = Software drawing: slow, but complete
job-no-estimate = remaining time unknown
job-estimate = about { $time } left
job-done = Done
job-failed = Failed
job-report = Report

# Legend
legend-hint = Click a row to show only these
legend-filter = Show only { $state }, { $count }
legend-all = Show all states
legend-as-of = as of { $time }
# What outlines objects while something else fills them.
legend-outlines = { $name }, outlines
legend-empty = Nothing has a state in this overlay.

# Scene overlays
compass = Compass: click for grid north up
compass-north = N
scale-bar = Scale bar: { $length }
scale-heights = heights { $factor }

# Commands and menus
cmd-fit-selection = Zoom to the selection
cmd-fit-all = Show everything
cmd-top = Look from the top
cmd-hide = Hide
cmd-isolate = Isolate
cmd-show-all = Show everything hidden
cmd-properties = Properties
cmd-copy-coordinates = Copy coordinates
cmd-copy-id = Copy id
cmd-why = Why this color
cmd-overlay-progress = Overlay: progress
cmd-overlay-sensor = Overlay: sensors
cmd-overlay-risk = Overlay: risk
cmd-overlay-none = No overlay
cmd-outline-progress = Outlines: progress
cmd-outline-sensor = Outlines: sensors
cmd-outline-risk = Outlines: risk
cmd-outline-none = No outlines
cmd-compare = Compare revisions
cmd-beside-plan = Plan beside the scene, or not
cmd-beside-former = Revision before beside the scene, or not
cmd-xray = X-ray ground on or off
cmd-labels = Labels on or off: names of streets, buildings, sensors
cmd-simple-shading = Simple shading on or off: plain colors, faster
cmd-play = Play or pause time
cmd-step-back = Time: one step back
cmd-step-forward = Time: one step forward
cmd-language = Switch the language
cmd-theme = Light or dark theme
cmd-panels = Hide or show all panels
cmd-fullscreen = Full screen
cmd-search-for = Find “{ $text }” in the scene
cmd-clear-selection = Clear the selection

# First start
first-title = A district, its plans and its sensors in one scene
first-text = Bring models, drone orthophotos and GIS layers together and see at any moment what is built, what is measured and what is at risk.
first-demo = Open the demo district
first-demo-text = A generated block with a building, a bridge, pipes, a schedule and sensors. Nothing is downloaded.
first-new = New project
first-new-text = Choose the CRS and the height datum, then add your files.
first-open = Open project
first-open-text = Continue with a .lantu file.
first-drop = or drop a .lantu project, IFC models, GeoTIFF rasters or GIS layers here
first-drop-now = Drop to open or import
first-recent = Recent projects
scene-waiting = { $name } waits for its place
scene-waiting-text = Its file does not say clearly where it lies, and nothing is placed without your decision.
scene-unfinished = { $name }: importing, not whole yet
scene-unfinished-text = What is hatched has been made already; the rest follows.
scene-importing = Importing { $name }
scene-importing-text = Shapes appear as they are made; the bar at the lower right says how far it is.
scene-waiting-open = Show where it may lie
scene-empty = The project is empty.
scene-empty-text = Drop IFC models, orthophotos, elevation models or GIS layers here, or choose them.
scene-loading = Loading the scene…

# Dialogs and notices
dialog-close = Close
dialog-copy = Copy the text
dialog-details = Details
dialog-what = What happened
dialog-where = Where
dialog-todo = What to do
notice-close = Dismiss
notice-copied = Copied: { $text }
dialog-error-title = This did not work

# Numbers
value-unknown = unknown
yes = Yes
no = No
duration-seconds = { $n } s
duration-minutes = { $n } min
duration-hours = { $n } h
duration-days = { $n ->
    [one] 1 day
   *[other] { $count } days
}

# A second picture left of the scene
beside-plan = As planned
beside-actual = As it is
beside-former = The revision before
beside-present = This revision
beside-close = Show only the scene
