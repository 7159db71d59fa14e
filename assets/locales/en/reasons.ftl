### Why an object has its color. One message per reason code of the overlay engine: `reason-` and the code, `-` for `.`.
### Values are already formatted, with their units.

reason-progress-unlinked = No task names this object.
reason-progress-finished = Task “{ $task }” ({ $id }) finished on { $actual_finish }; planned from { $start } to { $finish }.
reason-progress-stated_complete = Task “{ $task }” ({ $id }) is stated as complete, and its planned finish { $finish } is reached.
reason-progress-finish_overdue = Task “{ $task }” ({ $id }) is not done; its planned finish { $finish } passed { $overdue } ago.
reason-progress-start_overdue = Task “{ $task }” ({ $id }) has not begun; its planned start { $start } passed { $overdue } ago.
reason-progress-begun_early = Task “{ $task }” ({ $id }) began on { $began }, before its planned start { $start }; planned finish { $finish }.
reason-progress-begun = Task “{ $task }” ({ $id }) began on { $began }; planned from { $start } to { $finish }.
reason-progress-not_due = Task “{ $task }” ({ $id }) has not begun; planned from { $start } to { $finish }.
reason-progress-seen = { $seen } on { $valid } by { $evidence } ({ $proof }); accepted by { $by }, known since { $known }.
reason-progress-disagrees = Task “{ $task }” ({ $id }) says otherwise for { $valid }:
reason-progress-of_tasks = This task decides among { $count } tasks.
reason-sensor-unbound = No channel is bound to this object.
reason-sensor-no_reading = Channel { $channel } has no reading yet.
reason-sensor-absent = { $channel } cannot be judged: { $input } is not known.
reason-sensor-combined_below = { $channel }: no level holds.
reason-sensor-combined_decided = { $channel }: level “{ $level }” was raised when { $statistic } was { $judged }, limit { $limit }.
reason-sensor-combined_hours = { $channel }: level “{ $level }” holds at these hours.
reason-sensor-combined_shelved = { $channel } was silenced until { $until }.
reason-sensor-input = { $input } is { $value } by { $from } at { $time }.
reason-sensor-input_from_above = { $input } is { $value } to { $from }, seen from above, at { $time }.
reason-sensor-input_in_space = { $input } is { $value } to { $from }, in space, at { $time }.
reason-sensor-input_fixed = { $input } is { $value }.
reason-sensor-input_absent = { $input } is not known: nothing fresh from { $from }.
reason-sensor-input_nobody = { $input }: nobody is there.
reason-sensor-no_rule = Channel { $channel } reads { $value } at { $time }, but no rule judges { $quantity }.
reason-sensor-unit_mismatch = Channel { $channel } reads { $value } at { $time }, which does not compare with { $expected } of the rule.
reason-sensor-bad_quality = Channel { $channel } marks its reading { $value } at { $time } as bad.
reason-sensor-stale = Channel { $channel } last read { $value } at { $time }, { $age } ago; a reading is due within { $allowed }.
reason-sensor-below = Channel { $channel } reads { $value } at { $time }, below every level.
reason-sensor-raised = Channel { $channel } reads { $value } at { $time }, at or above { $limit } of level “{ $level }”.
reason-sensor-held = Channel { $channel } reads { $value } at { $time }; level “{ $level }” holds until it falls below { $clear }.
reason-sensor-clearing = Channel { $channel } reads { $value } at { $time }, below { $clear } where level “{ $level }” clears, but not yet for long enough.
reason-sensor-pending = Channel { $channel } reads { $value } at { $time }, at or above the limit { $limit }, but not yet for long enough to raise a level.
reason-sensor-decided = Channel { $channel } reads { $value } at { $time }; level “{ $level }” was raised when { $statistic } was { $judged }, limit { $limit }.
reason-sensor-scheduled = Channel { $channel } reads { $value } at { $time }; level “{ $level }” holds at these hours.
reason-sensor-shelved = Channel { $channel } reads { $value } at { $time }, and was silenced until { $until }.
reason-sensor-clock = The clock of channel { $channel } was off when it sent { $value } for { $time }.
reason-sensor-clock_ahead = The clock of channel { $channel } is { $skew } ahead: what it sent last is { $value } for { $time }.
reason-sensor-clock_behind = The clock of channel { $channel } is { $skew } behind: what it sent last is { $value } for { $time }.
reason-sensor-out_of_range = Channel { $channel } reads { $value } at { $time }, beyond { $limit } which is possible.
reason-sensor-spike = Channel { $channel } reads { $value } at { $time }, { $jump } away from what it read before, and no other reading confirms it.
reason-sensor-flat = Channel { $channel } has read exactly { $value } for { $duration }, until { $time }.
reason-sensor-rule = Rule { $rule }, version { $version }, standard { $standard }.
reason-sensor-rule_unverified = Rule { $rule }, version { $version }, standard { $standard } (not verified).
reason-sensor-of_channels = This channel is the worst of { $count }.
reason-risk-none = No risk factor applies.
reason-risk-sum = { $grade }: highest score { $score } of likelihood × severity, by risk rules { $version }.
reason-risk-unknown = A risk factor cannot be judged, by risk rules { $version }.
reason-risk-escalated = Several factors meet ({ $count }): raised by one grade.
reason-risk-task_overdue = Task “{ $task }” ({ $id }) is overdue by { $overdue }: { $likelihood } × { $severity } = { $score }, { $grade }.
reason-risk-sensor = Channel { $channel } is in state { $state }: { $likelihood } × { $severity } = { $score }, { $grade }.
reason-risk-sensor_unknown = Channel { $channel } is in state { $state }: it cannot be judged.
reason-risk-hard = Open excavation { $excavation } meets pipe { $pipe } ({ $kind }): { $horizontal } beside it, bottom { $vertical } above its crown; { $likelihood } × { $severity } = { $score }, { $grade }.
reason-risk-clearance = Open excavation { $excavation } is too close to pipe { $pipe } ({ $kind }): { $horizontal } beside it ({ $required } required), bottom { $vertical } above its crown ({ $required_vertical } required); { $likelihood } × { $severity } = { $score }, { $grade }.
reason-risk-undecidable = Excavation { $excavation } lies { $horizontal } beside pipe { $pipe } ({ $kind }), { $required } required, and a depth is not known: it cannot be judged.
reason-risk-no_task = Excavation { $excavation } lies { $horizontal } beside pipe { $pipe } ({ $kind }) and no task says when it is open: it cannot be judged.
reason-risk-no_shape = Excavation { $excavation } has no outline: its distance to pipes cannot be judged.
reason-risk-crossing = Channel { $channel } will cross { $level } in { $in }, on { $crossing }, by the line of its last weeks: { $likelihood } × { $severity } = { $score }, { $grade }.
reason-risk-hazard = { $exposed } is { $distance } from { $hazard }, within { $radius } ({ $rule }): { $likelihood } × { $severity } = { $score }, { $grade }.
reason-risk-weather = Task “{ $task }” ({ $id }) is worked on at { $value }, limit { $limit } ({ $rule }): { $likelihood } × { $severity } = { $score }, { $grade }.
reason-risk-issue = Issue “{ $title }” ({ $id }) is open ({ $status }): { $likelihood } × { $severity } = { $score }, { $grade }.
reason-risk-issue_overdue = Issue “{ $title }” ({ $id }) is open ({ $status }) and was due { $due }: { $likelihood } × { $severity } = { $score }, { $grade }.
reason-risk-issue_unknown = Issue “{ $title }” ({ $id }) is open ({ $status }): its priority cannot be judged.
reason-risk-more = And { $count } more.
reason-risk-assumed_diameter = The pipe's diameter is not known; { $diameter } is assumed.

# Words inside reasons that are neither states nor grades.
word-hard = contact
word-clearance = clearance
word-undecidable = undecidable
reason-change-same = It is the same in both revisions.
reason-change-different = { $note }

# Why a hypothesis of the placement report scores as it does.
why-above-ground = its zero lies at { $zero } m, { $away } m above the ground at { $ground } m
why-as-they-stand = the coordinates in the file as they stand
why-asks-height = the file does not say what its heights are above: accepting it takes them as those of the project ({ $own }); importing it again with --height says otherwise
why-below-ground = its zero lies at { $zero } m, { $away } m below the ground at { $ground } m
why-convergence = turned by the convergence of { $angle }°: true north was taken for grid north
why-corners = { $n } control points lie on its corners
why-datum-shift = moved by { $east } m east and { $north } m north, as between two datums
why-elevation = the site's elevation of { $stated } m is { $off } m off
why-ellipsoidal = the height is one above the ellipsoid, and the geoid (EGM96) lies { $geoid } m above it here
why-facades-around = its facades run { $off }° off the edges around it
why-facades-footprint = its facades run { $off }° off the footprint
why-far = it lies { $far } from what is placed already
why-file-says = the file says { $crs }
why-fitted = fitted to { $n } points, standard deviation { $sigma } m
why-fitted-only = fitted to { $n } points, none left to check with
why-footprint = { $share } % of its outline is that of a footprint
why-ignored-map = the file's map conversion is ignored
why-in-project = coordinates are in the project CRS
why-kept-local = nothing is placed yet: the local coordinates are kept
why-latitude-first = the file writes the latitude first
why-layer-unit = its coordinates are { $from } read as { $to }
why-length = the model is { $length } m long
why-map-conversion = IfcMapConversion with IfcProjectedCRS { $crs }
why-map-degrees = the offsets are degrees: longitude { $lon }°, latitude { $lat }°
why-map-unit = the offsets of the map conversion are { $from } read as { $to }
why-map-unresolved = the file's map conversion, read in the project CRS: { $error }
why-marks = control points in the model are off by up to { $off } m
why-model-unit = the model's sizes are { $from } read as { $to }
why-moved-to-middle = moved by whole meters to the middle of what is placed; this is not its true place
why-no-coordinates = it lies where the CRS has no coordinates
why-no-degrees = the coordinates are no degrees
why-no-way = there is no trustworthy transformation to the project CRS
why-northing-first = the file writes the northing first
why-nudged = moved by { $east } m east, { $north } m north, { $up } m up
why-odd-scale = a meter of the model would be { $scale } m of the map; taken as one meter
why-of-other-zone = the coordinates are of { $name } ({ $code }), not of { $crs }
why-of-zone = the coordinates are of { $name } ({ $code })
why-off-earth = its middle is not on earth
why-outside-area = longitude { $lon }°, latitude { $lat }° is outside the area of use of the project CRS
why-outside-area-of = longitude { $lon }°, latitude { $lat }° is outside the area of use of { $crs }
why-outside-crs = the coordinates are outside what the CRS can express
why-read-as-latitude = read as degrees of { $crs }, the latitude first
why-read-as-longitude = read as degrees of { $crs }, the longitude first
why-read-as-project = read as coordinates of the project, { $crs }
why-read-as-project-swapped = read as coordinates of the project, { $crs }, the northing first
why-read-as-zone = read as coordinates of { $name } ({ $code })
why-refused = { $error }
why-residual = { $id }: residual east { $east } m, north { $north } m, up { $up } m
why-residual-flat = { $id }: residual east { $east } m, north { $north } m
why-says-ellipsoidal = the file says that its heights are above the ellipsoid
why-says-nothing = the file says nothing of its place that can be used
why-scale = a meter of the model becomes { $scale } m
why-site = the latitude and longitude of the site are { $far } away
why-site-names = the site names latitude { $lat }° and longitude { $lon }°, which is a hint of some meters at best
why-size-of-class = { $class }: { $size } m high, usual are { $usual } m
why-swapped = easting and northing exchanged: { $x } is the northing, { $y } the easting
why-true-north = true north in the file is { $off }° off the rotation
why-turned = turned by { $turned }° instead of { $said }°
why-twice-geometry = the model already stands at { $x } { $y } before the map conversion moves it (in its geometry)
why-twice-site = the model already stands at { $x } { $y } before the map conversion moves it (in the placement of the site)
why-twice-turned = the geometry stands on the map already, turned as it should be
why-unconfirmed-turn = nothing around confirms the rotation of { $angle }°
why-unregistered = its definition has no code, and registered ones match it by less than 90 %: { $alike }
why-within = it lies within what is placed already
why-zone-missing = the easting lacks the zone's number { $zone }, which the CRS has
why-zone-number = the easting begins with the zone's number { $zone }, which the CRS does not have
why-zone-other = the easting begins with zone { $zone }, the CRS with { $own }
why-zones-missing = the eastings lack the zone's number { $zone }, which the CRS has
why-zones-number = the eastings begin with the zone's number { $zone }, which the CRS does not have
