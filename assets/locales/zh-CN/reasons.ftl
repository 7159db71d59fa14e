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
reason-sensor-input_from_above = { $input } 为 { $value }（到 { $from } 的水平距离，{ $time }）。
reason-sensor-input_in_space = { $input } 为 { $value }（到 { $from } 的空间距离，{ $time }）。
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
reason-sensor-clock_ahead = 测点 { $channel } 的设备时钟快了 { $skew }：最近送来的读数 { $value } 标为 { $time }。
reason-sensor-clock_behind = 测点 { $channel } 的设备时钟慢了 { $skew }：最近送来的读数 { $value } 标为 { $time }。
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

# 放置报告中每个假设得分的理由。
why-above-ground = 其零点高程 { $zero } 米，比 { $ground } 米的地面高 { $away } 米
why-as-they-stand = 按文件中的坐标原样读取
why-asks-height = 文件没有说明其高程基准：接受即视为项目的高程基准（{ $own }）；如不是，请用 --height 重新导入
why-below-ground = 其零点高程 { $zero } 米，比 { $ground } 米的地面低 { $away } 米
why-convergence = 按子午线收敛角 { $angle }° 旋转：真北被当作坐标北
why-corners = 有 { $n } 个控制点落在其角点上
why-datum-shift = 向东移 { $east } 米、向北移 { $north } 米，与两个基准之间的差相当
why-elevation = 场地标高 { $stated } 米相差 { $off } 米
why-ellipsoidal = 该高程是大地高，而此处大地水准面（EGM96）高出椭球 { $geoid } 米
why-facades-around = 其立面方向与周围边线相差 { $off }°
why-facades-footprint = 其立面方向与该基底相差 { $off }°
why-far = 它距已放置的内容 { $far }
why-file-says = 文件说明的是 { $crs }
why-fitted = 由 { $n } 个点拟合，中误差 { $sigma } 米
why-fitted-only = 由 { $n } 个点拟合，没有多余的点可检核
why-footprint = 其轮廓有 { $share } % 与一个建筑基底重合
why-ignored-map = 不理会文件中的地图转换
why-in-project = 坐标已是项目坐标系中的坐标
why-kept-local = 项目中还没有任何已放置的内容：保留局部坐标
why-latitude-first = 文件把纬度写在前面
why-layer-unit = 其坐标的单位本是{ $from ->
    [millimeters] 毫米
    [centimeters] 厘米
    [feet] 英尺
    [inches] 英寸
    [meters] 米
   *[other] { $from }
    }，被当作{ $to ->
    [millimeters] 毫米
    [centimeters] 厘米
    [feet] 英尺
    [inches] 英寸
    [meters] 米
   *[other] { $to }
    }
why-length = 模型长 { $length } 米
why-map-conversion = 文件中有 IfcMapConversion，IfcProjectedCRS 为“{ $crs }”
why-map-degrees = 平移量是度：经度 { $lon }°，纬度 { $lat }°
why-map-unit = 地图转换的平移量单位本是{ $from ->
    [millimeters] 毫米
    [centimeters] 厘米
    [feet] 英尺
    [inches] 英寸
    [meters] 米
   *[other] { $from }
    }，被当作{ $to ->
    [millimeters] 毫米
    [centimeters] 厘米
    [feet] 英尺
    [inches] 英寸
    [meters] 米
   *[other] { $to }
    }
why-map-unresolved = 按项目坐标系读取文件中的地图转换，因为：{ $error }
why-marks = 模型中的控制点最多相差 { $off } 米
why-model-unit = 模型尺寸的单位本是{ $from ->
    [millimeters] 毫米
    [centimeters] 厘米
    [feet] 英尺
    [inches] 英寸
    [meters] 米
   *[other] { $from }
    }，被当作{ $to ->
    [millimeters] 毫米
    [centimeters] 厘米
    [feet] 英尺
    [inches] 英寸
    [meters] 米
   *[other] { $to }
    }
why-moved-to-middle = 按整米移到已放置内容的中央；这不是它的真实位置
why-no-coordinates = 它所在之处在该坐标系中没有坐标
why-no-degrees = 这些坐标不是度
why-no-way = 没有可信的转换可到项目坐标系
why-northing-first = 文件把北坐标写在前面
why-nudged = 向东移 { $east } 米、向北移 { $north } 米、向上移 { $up } 米
why-odd-scale = 模型的一米会成为地图的 { $scale } 米；现按一米读取
why-of-other-zone = 坐标属于 { $name }（{ $code }），而不是 { $crs }
why-of-zone = 坐标属于 { $name }（{ $code }）
why-off-earth = 其中心不在地球上
why-outside-area = 经度 { $lon }°、纬度 { $lat }° 在项目坐标系的适用范围之外
why-outside-area-of = 经度 { $lon }°、纬度 { $lat }° 在 { $crs } 的适用范围之外
why-outside-crs = 坐标超出该坐标系所能表示的范围
why-read-as-latitude = 当作 { $crs } 的度读取，纬度在前
why-read-as-longitude = 当作 { $crs } 的度读取，经度在前
why-read-as-project = 当作项目坐标系 { $crs } 的坐标读取
why-read-as-project-swapped = 当作项目坐标系 { $crs } 的坐标读取，北坐标在前
why-read-as-zone = 当作 { $name }（{ $code }）的坐标读取
why-refused = { $error }
why-residual = { $id }：残差 东 { $east } 米，北 { $north } 米，高 { $up } 米
why-residual-flat = { $id }：残差 东 { $east } 米，北 { $north } 米
why-says-ellipsoidal = 文件说明其高程为大地高（椭球高）
why-says-nothing = 文件没有说明任何可用的位置
why-scale = 模型的一米变为 { $scale } 米
why-site = 场地的经纬度在 { $far } 之外
why-site-names = 场地给出纬度 { $lat }°、经度 { $lon }°，至多只是精确到若干米的提示
why-size-of-class = { $class }：高 { $size } 米，通常为 { $usual } 米
why-swapped = 东、北坐标互换：{ $x } 是北坐标，{ $y } 是东坐标
why-true-north = 文件中的真北与旋转相差 { $off }°
why-turned = 旋转 { $turned }°，而不是 { $said }°
why-twice-geometry = 地图转换之前，模型已在 { $x } { $y }（写在几何中）
why-twice-site = 地图转换之前，模型已在 { $x } { $y }（写在场地的放置中）
why-twice-turned = 几何已在地图上，并已按应有的方向旋转
why-unconfirmed-turn = 周围没有任何东西能证实 { $angle }° 的旋转
why-unregistered = 其定义没有代码，已登记的坐标系与它的相符程度都低于 90 %：{ $alike }
why-within = 它位于已放置的内容之中
why-zone-missing = 东坐标前缺少带号 { $zone }，而该坐标系有带号
why-zone-number = 东坐标前带有带号 { $zone }，而该坐标系没有带号
why-zone-other = 东坐标前的带号是 { $zone }，坐标系的带号是 { $own }
why-zones-missing = 东坐标前缺少带号 { $zone }，而该坐标系有带号
why-zones-number = 东坐标前带有带号 { $zone }，而该坐标系没有带号
