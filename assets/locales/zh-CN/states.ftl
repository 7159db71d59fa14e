### 叠加专题的状态，用于标签、图例和报告。

state-progress-not_started = 未开始
state-progress-in_progress = 进行中
state-progress-late = 滞后
state-progress-done = 已完成
state-progress-ahead = 提前
state-progress-unlinked = 未关联
state-sensor-normal = 正常
state-sensor-advisory = 关注
state-sensor-warning = 预警
state-sensor-alarm = 报警
state-sensor-stale = 失联
state-sensor-suspect = 存疑
state-sensor-unknown = 未知
state-sensor-shelved = 搁置
state-sensor-unbound = 未绑定
state-risk-none = 无
state-risk-low = 低
state-risk-medium = 一般
state-risk-high = 较大
state-risk-extreme = 重大
state-risk-unknown = 未知
