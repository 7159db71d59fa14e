### Words of the panel of schedules and risks.

# Schedules and risks
works-tool = Schedule, risks, alarms and charts (B, R, 6, 7)
works-gantt = Schedule
works-curve = Earned value
works-register = Risks
works-loading = Working it out …
cmd-gantt = Schedule: Gantt chart
cmd-curve = Schedule: earned value
cmd-register = Register of risks
gantt-empty = No schedule yet. Import one: Microsoft Project XML, Primavera XER, a model with tasks, or a CSV table.
gantt-clock = Move the clock
gantt-only-critical = Only critical
gantt-select-critical = Select critical in the scene
gantt-counts = { $tasks } tasks · { $critical } critical · { $marked } of the selection
gantt-planned = Planned
gantt-baseline = Baseline
gantt-actual = Actual
gantt-done = Done
gantt-critical = On the critical path
curve-empty = No budgets yet. Give tasks budgets and percentages to see planned and earned value.
curve-as-of = Until { $time }
curve-none = n/a
curve-bac = Budget (BAC)
curve-pv = Planned value (PV)
curve-ev = Earned value (EV)
curve-ac = Actual cost (AC)
curve-sv = Schedule variance
curve-cv = Cost variance
curve-spi = SPI
curve-cpi = CPI
curve-eac = At completion (EAC)
risk-empty = Nothing is at risk at this time.
risk-counts = { $n } objects · risk rules { $version }
risk-only-cell = Only { $likelihood } × { $severity }: show all
risk-state = Risk
risk-object = Object
risk-factors = Factors
risk-owner = Owner
risk-due = Due
risk-likelihood = Likelihood
risk-severity = Severity
risk-cell = Likelihood { $likelihood }, severity { $severity }: { $n } objects, { $grade }
factor-task_overdue = Overdue
factor-sensor_alarm = Sensor
factor-excavation_clearance = Pipe near excavation
factor-forecast_crossing = Level ahead
factor-hazard_radius = Hazard radius
factor-weather_limit = Weather
factor-open_issue = Open issue

# Heat maps
app-heat-points = { $n } stations at places of their own: fewer than { $least } say nothing about the ground between them; only the stations are written.
