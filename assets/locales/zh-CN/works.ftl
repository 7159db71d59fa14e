### 进度与风险面板的文字。

# 进度与风险
works-tool = 进度计划、风险、报警与图表（B、R、6、7）
works-gantt = 进度计划
works-curve = 挣值
works-register = 风险清单
works-loading = 正在计算……
cmd-gantt = 进度计划：横道图
cmd-curve = 进度计划：挣值曲线
cmd-register = 风险清单
gantt-empty = 还没有进度计划。可导入 Microsoft Project XML、Primavera XER、带任务的模型或 CSV 表格。
gantt-clock = 移动时钟
gantt-only-critical = 仅关键任务
gantt-select-critical = 在场景中选中关键任务
gantt-counts = { $tasks } 项任务 · 关键 { $critical } 项 · 所选对应 { $marked } 项
gantt-planned = 计划
gantt-baseline = 基线
gantt-actual = 实际
gantt-done = 完成
gantt-critical = 位于关键线路上
curve-empty = 还没有预算。为任务填写预算和完成百分比后，即可看到计划值与挣值。
curve-as-of = 截至 { $time }
curve-none = 不适用
curve-bac = 总预算（BAC）
curve-pv = 计划值（PV）
curve-ev = 挣值（EV）
curve-ac = 实际成本（AC）
curve-sv = 进度偏差（SV）
curve-cv = 成本偏差（CV）
curve-spi = 进度绩效指数（SPI）
curve-cpi = 成本绩效指数（CPI）
curve-eac = 完工估算（EAC）
risk-empty = 此刻没有风险对象。
risk-counts = { $n } 个对象 · 风险规则 { $version }
risk-only-cell = 仅 { $likelihood } × { $severity }：显示全部
risk-state = 风险
risk-object = 对象
risk-factors = 因素
risk-owner = 责任人
risk-due = 期限
risk-likelihood = 可能性
risk-severity = 严重性
risk-cell = 可能性 { $likelihood }，严重性 { $severity }：{ $n } 个对象，{ $grade }
factor-task_overdue = 逾期
factor-sensor_alarm = 测点报警
factor-excavation_clearance = 基坑邻近管线
factor-forecast_crossing = 预测越限
factor-hazard_radius = 危险半径
factor-weather_limit = 气象
factor-open_issue = 未关闭问题

# 热力图
app-heat-points = 只有 { $n } 个不同位置的测点，少于 { $least } 个时无法推断测点之间的情况；仅输出测点本身。
