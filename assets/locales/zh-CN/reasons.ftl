### 对象颜色的依据。叠加专题引擎的每个依据代码对应一条消息：`reason-` 加代码，“.”写作“-”。
### 参数值均已格式化并带单位。

reason-progress-unlinked = 没有任务关联此对象。
reason-progress-finished = 任务“{ $task }”（{ $id }）已于 { $actual_finish } 完成；计划 { $start } 至 { $finish }。
reason-progress-stated_complete = 任务“{ $task }”（{ $id }）填报为完成，且已到计划完成时间 { $finish }。
reason-progress-finish_overdue = 任务“{ $task }”（{ $id }）未完成，已超过计划完成时间 { $finish } 达 { $overdue }。
reason-progress-start_overdue = 任务“{ $task }”（{ $id }）未开始，已超过计划开始时间 { $start } 达 { $overdue }。
reason-progress-begun_early = 任务“{ $task }”（{ $id }）于 { $began } 开始，早于计划开始时间 { $start }；计划完成 { $finish }。
reason-progress-begun = 任务“{ $task }”（{ $id }）于 { $began } 开始；计划 { $start } 至 { $finish }。
reason-progress-not_due = 任务“{ $task }”（{ $id }）未开始；计划 { $start } 至 { $finish }。
reason-progress-seen = { $valid } 由{ $evidence }所见：{ $seen }（{ $proof }）；由 { $by } 采纳，{ $known } 起已知。
reason-progress-disagrees = 任务“{ $task }”（{ $id }）对 { $valid } 的说法不同：
reason-progress-of_tasks = 在 { $count } 项任务中以此项为准。
reason-sensor-unbound = 此对象没有绑定测点。
reason-sensor-no_reading = 测点 { $channel } 尚无读数。
reason-sensor-absent = { $channel } 无法判定：{ $input } 未知。
reason-sensor-combined_below = { $channel }：未达到任何等级。
reason-sensor-combined_decided = { $channel }：{ $statistic } 为 { $judged }（限值 { $limit }）时触发“{ $level }”级。
reason-sensor-combined_hours = { $channel }：此时段内“{ $level }”级有效。
reason-sensor-combined_shelved = { $channel } 已被搁置至 { $until }。
reason-sensor-input = { $input } 为 { $value }，来自 { $from }（{ $time }）。
reason-sensor-input_fixed = { $input } 为 { $value }。
reason-sensor-input_absent = { $input } 未知：{ $from } 没有新数据。
reason-sensor-input_nobody = { $input }：附近无人。
reason-sensor-no_rule = 测点 { $channel } 于 { $time } 读数 { $value }，但没有规则判定{ $quantity }。
reason-sensor-unit_mismatch = 测点 { $channel } 于 { $time } 读数 { $value }，与规则要求的 { $expected } 无法比较。
reason-sensor-bad_quality = 测点 { $channel } 将 { $time } 的读数 { $value } 标记为无效。
reason-sensor-stale = 测点 { $channel } 最后于 { $time } 读数 { $value }，距今 { $age }；应在 { $allowed } 内有读数。
reason-sensor-below = 测点 { $channel } 于 { $time } 读数 { $value }，低于各级限值。
reason-sensor-raised = 测点 { $channel } 于 { $time } 读数 { $value }，达到或超过“{ $level }”级限值 { $limit }。
reason-sensor-held = 测点 { $channel } 于 { $time } 读数 { $value }；“{ $level }”级保持到读数低于 { $clear } 为止。
reason-sensor-clearing = 测点 { $channel } 于 { $time } 读数 { $value }，低于“{ $level }”级的解除值 { $clear }，但持续时间尚不足。
reason-sensor-pending = 测点 { $channel } 于 { $time } 读数 { $value }，达到或超过限值 { $limit }，但持续时间尚不足以触发。
reason-sensor-decided = 测点 { $channel } 于 { $time } 读数 { $value }；“{ $level }”级在 { $statistic } 为 { $judged } 时触发，限值 { $limit }。
reason-sensor-scheduled = 测点 { $channel } 于 { $time } 读数 { $value }；“{ $level }”级在此时段有效。
reason-sensor-shelved = 测点 { $channel } 于 { $time } 读数 { $value }，已被搁置至 { $until }。
reason-sensor-clock = 测点 { $channel } 发送 { $time } 的读数 { $value } 时，设备时钟有误。
reason-sensor-out_of_range = 测点 { $channel } 于 { $time } 读数 { $value }，超出可能的范围 { $limit }。
reason-sensor-spike = 测点 { $channel } 于 { $time } 读数 { $value }，与此前读数相差 { $jump }，且没有其他读数证实。
reason-sensor-flat = 测点 { $channel } 的读数在 { $duration } 内始终为 { $value }，直至 { $time }。
reason-sensor-rule = 规则 { $rule }，版本 { $version }，标准 { $standard }。
reason-sensor-rule_unverified = 规则 { $rule }，版本 { $version }，标准 { $standard }（未核实）。
reason-sensor-of_channels = { $count } 个测点中以此测点为最不利。
reason-risk-none = 没有适用的风险因素。
reason-risk-sum = { $grade }：可能性 × 严重性最高得分 { $score }，依据风险规则 { $version }。
reason-risk-unknown = 有一项风险因素无法判定，依据风险规则 { $version }。
reason-risk-escalated = 多项因素叠加（{ $count } 项）：提高一级。
reason-risk-task_overdue = 任务“{ $task }”（{ $id }）逾期 { $overdue }：{ $likelihood } × { $severity } = { $score }，{ $grade }。
reason-risk-sensor = 测点 { $channel } 处于{ $state }状态：{ $likelihood } × { $severity } = { $score }，{ $grade }。
reason-risk-sensor_unknown = 测点 { $channel } 处于{ $state }状态：无法判定。
reason-risk-hard = 开挖中的基坑 { $excavation } 与管线 { $pipe } 冲突（{ $kind }）：水平 { $horizontal }，坑底高出管顶 { $vertical }；{ $likelihood } × { $severity } = { $score }，{ $grade }。
reason-risk-clearance = 开挖中的基坑 { $excavation } 距管线 { $pipe } 过近（{ $kind }）：水平 { $horizontal }（要求 { $required }），坑底高出管顶 { $vertical }（要求 { $required_vertical }）；{ $likelihood } × { $severity } = { $score }，{ $grade }。
reason-risk-undecidable = 基坑 { $excavation } 距管线 { $pipe }（{ $kind }）水平 { $horizontal }，要求 { $required }，但深度未知：无法判定。
reason-risk-no_task = 基坑 { $excavation } 距管线 { $pipe }（{ $kind }）水平 { $horizontal }，但没有任务说明其开挖时间：无法判定。
reason-risk-no_shape = 基坑 { $excavation } 没有轮廓：无法判定与管线的距离。
reason-risk-crossing = 通道 { $channel } 按最近几周的趋势线，将在 { $in } 后（{ $crossing }）达到 { $level }：{ $likelihood } × { $severity } = { $score }，{ $grade }。
reason-risk-hazard = { $exposed } 距 { $hazard } { $distance }，在 { $radius } 以内（{ $rule }）：{ $likelihood } × { $severity } = { $score }，{ $grade }。
reason-risk-weather = 任务“{ $task }”（{ $id }）正在 { $value } 的条件下施工，限值 { $limit }（{ $rule }）：{ $likelihood } × { $severity } = { $score }，{ $grade }。
reason-risk-issue = 问题“{ $title }”（{ $id }）未关闭（{ $status }）：{ $likelihood } × { $severity } = { $score }，{ $grade }。
reason-risk-issue_overdue = 问题“{ $title }”（{ $id }）未关闭（{ $status }），应于 { $due } 前解决：{ $likelihood } × { $severity } = { $score }，{ $grade }。
reason-risk-issue_unknown = 问题“{ $title }”（{ $id }）未关闭（{ $status }）：优先级无法判断。
reason-risk-more = 另有 { $count } 项。
reason-risk-assumed_diameter = 管径未知，按 { $diameter } 计。

# 依据中既非状态也非等级的用词。
word-hard = 硬碰撞
word-clearance = 净距不足
word-undecidable = 无法判定
reason-change-same = 两个版本相同。
reason-change-different = { $note }
