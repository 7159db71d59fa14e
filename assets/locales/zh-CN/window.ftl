### 窗口用语：面板、按钮、空状态。
### 消息依次说明：发生了什么、在哪里、怎么办。除 $n 外，参数均为已格式化的文本。

app-name = 蓝图
language-name = 中文
language-switch = 语言

# 顶栏
menu-project = 项目菜单
menu-new = 新建项目…
menu-open = 打开项目…
menu-import = 导入文件…
menu-demo = 打开示例辖区
menu-snapshot = 保存快照…
menu-quit = 退出
theme-light = 浅色主题
theme-dark = 深色主题
no-project = 未打开项目
search-or-command = 搜索或命令
overlay-progress = 进度
overlay-sensor = 监测
overlay-risk = 风险
overlay-change = 变更
overlay-none = 无
xray-ground-hint = 透过地面查看地下管线（X）
view-top-hint = 垂直向下看，坐标北朝上（T）
view-fit-hint = 显示全部内容（Home）
overlay-hint = { $name }（{ $key }）
outline-tool = 第二专题：以轮廓线叠加（Ctrl+1 至 Ctrl+4）
outline-hint = 轮廓线，与构件填充颜色无关
panel-left-toggle = 场景与图层面板
panel-right-toggle = 属性面板

# 场景树
panel-scene = 场景
tree-search = 按名称、类别、编号或属性值查找
tree-search-clear = 清除搜索
tree-empty = 尚未载入内容。导入模型、正射影像或 GIS 图层后显示在这里。
tree-importing = 正在导入 { $name }，全部完成后在此列出其对象。
tree-no-match = 没有与“{ $text }”匹配的内容。可按名称、类别、编号、类型、材料或属性值的片段搜索。
tree-matches = { $n ->
   *[other] { $count } 项匹配
}
tree-objects = { $n ->
   *[other] { $count } 个对象
}
tree-expand = 展开{ $name }
tree-collapse = 收起{ $name }
tree-show = 显示{ $name }
tree-hide = 隐藏{ $name }
tree-unnamed = （未命名）
tree-loading = 正在载入…

# 图层
panel-layers = 图层
layers-empty = 没有图层。导入正射影像、高程模型或 GIS 图层后显示在这里。
layer-visible = 显示图层{ $name }
ground-look = 地面显示
ground-look-reset = 恢复原样
ground-brightness = 亮度
ground-contrast = 对比度
ground-hillshade = 地貌晕渲
ground-slope = 坡度
ground-exaggeration = 高程夸大
ground-exaggeration-hint = 仅影响显示；所示与所量高程仍为真实值
ground-contours = 等高线
ground-contours-none = 无
swipe-begin = 卷帘对比：{ $name }仅显示在分割线右侧
swipe-end = 结束与{ $name }的卷帘对比
swipe-line = 卷帘分割线：右侧为{ $name }
layer-opacity = { $name }的不透明度
layer-kind-model = 模型
layer-kind-orthophoto = 正射影像
layer-kind-elevation = 高程模型
layer-kind-surface = 表面模型（含建筑与树冠）
layer-kind-vector = GIS 图层
layer-kind-utilities = 地下管线
layer-kind-cells = 网格
layer-waiting = 等待定位
style-title = { $name }的样式
style-close = 关闭{ $name }的样式
style-colors = 着色依据
style-numbers = 数值
style-graduated = 分级
style-categories = 分类
style-ramp = 色带
style-classes = 级数
style-heights = 高程方式
style-names = 名称字段
style-by-rules = 按图层名规则
style-drape = 贴地
style-relative = 相对地面
style-absolute = 按文件高程
style-viridis = 紫 – 绿 – 黄
style-cividis = 蓝 – 灰 – 黄
style-blue-red = 蓝 – 白 – 红
style-apply = 应用
style-reset = 恢复规则
style-legend = 当前配色及要素数

# 属性
panel-properties = 属性
props-empty = 在场景、场景树或图例中选择一个对象，查看它是什么、在哪里、为何是这种颜色。
here-title = 地面位置
here-layers = 点击处的栅格值
here-nothing = 无数据
props-what = 对象
props-where = 位置
props-why = 颜色依据
props-why-outline = 轮廓线依据
props-channels = 测点
props-sets = 属性与工程量
props-class = 类别
props-type = 类型
props-id = 编号
props-source = 来源
props-container = 所属
props-materials = 材料
props-easting = 东坐标
props-northing = 北坐标
props-height = 高程
props-size = 尺寸
props-crs = 坐标系
props-rule = 规则
props-rule-version = { $rule }，版本 { $version }
props-evidence = 依据
props-as-of = 截至 { $time }
props-no-overlay = 当前没有叠加专题。请在上方选择进度、监测或风险。
props-no-reason = 当前专题对此对象没有结论。
props-no-sets = 来源文件没有给出此对象的属性或工程量。
props-copy-id = 复制编号
props-copy-coordinates = 复制坐标
props-more-selected = { $n ->
   *[other] 另外还选中 { $count } 个对象。
}
props-close = 取消选择
channel-at = { $time }
channel-never = 尚无数值
channel-chart = { $name }曲线

# 时间
time-play = 播放
time-pause = 暂停
time-back = 后退一步
time-forward = 前进一步
time-slider = 时间滑块
time-speed = 每秒 { $speed }
time-empty = 还没有进度计划和监测数据。导入计划或接入数据源后可按时间查看。
time-mark-milestone = 里程碑：{ $name }，{ $time }
time-mark-alarm = 报警：{ $name }，{ $time }

# 状态栏
status-easting = E
status-northing = N
status-height = H
status-pointer = 光标位置
status-no-position = 无位置
status-no-height-datum = 高程基准未知
status-jobs = { $n ->
   *[other] { $count } 个任务
}
status-jobs-none = 无任务
status-job-cancel = 取消{ $name }
status-memory-of = { $used } / { $limit }
status-frame = 上一帧用时
status-frame-ms = { $ms } ms
status-zone = 项目时区
status-renderer = 绘制设备：{ $adapter }
status-software = 软件绘制：较慢，但内容完整
job-no-estimate = 剩余时间未知
job-estimate = 约剩 { $time }
job-done = 完成
job-failed = 失败
job-report = 报告

# 图例
legend-hint = 点击一行，只看该状态
legend-filter = 只看{ $state }，{ $count }
legend-all = 显示全部状态
legend-as-of = 截至 { $time }
# What outlines objects while something else fills them.
legend-outlines = { $name }（轮廓线）
legend-empty = 此专题下没有带状态的对象。

# 场景标注
compass = 指北针：点击使坐标北朝上
compass-north = 北
scale-bar = 比例尺：{ $length }
scale-heights = 高程 { $factor }

# 命令与菜单
cmd-fit-selection = 缩放到所选
cmd-fit-all = 显示全部
cmd-top = 俯视
cmd-hide = 隐藏
cmd-isolate = 隔离
cmd-show-all = 恢复全部隐藏
cmd-properties = 属性
cmd-copy-coordinates = 复制坐标
cmd-copy-id = 复制编号
cmd-why = 颜色依据
cmd-overlay-progress = 叠加专题：进度
cmd-overlay-sensor = 叠加专题：监测
cmd-overlay-risk = 叠加专题：风险
cmd-overlay-none = 不叠加专题
cmd-outline-progress = 轮廓线：进度
cmd-outline-sensor = 轮廓线：监测
cmd-outline-risk = 轮廓线：风险
cmd-outline-none = 不画轮廓线
cmd-compare = 比较版本
cmd-beside-plan = 并排显示计划（开/关）
cmd-beside-former = 并排显示上一版本（开/关）
cmd-xray = 透视地面开关
cmd-labels = 标注开关：街道、建筑、测点的名称
cmd-simple-shading = 简单着色开关：纯色，更快
cmd-play = 播放或暂停时间
cmd-step-back = 时间：后退一步
cmd-step-forward = 时间：前进一步
cmd-language = 切换语言
cmd-theme = 浅色或深色主题
cmd-panels = 隐藏或显示全部面板
cmd-fullscreen = 全屏
cmd-search-for = 在场景中查找“{ $text }”
cmd-clear-selection = 取消选择

# 首次启动
first-title = 辖区、计划与监测，同在一个场景
first-text = 汇集模型、无人机正射影像和 GIS 图层，随时看清已建成什么、测得什么、哪里有风险。
first-demo = 打开示例辖区
first-demo-text = 自动生成的街区：楼房、桥梁、管线、进度计划和监测数据，无需下载。
first-new = 新建项目
first-new-text = 选择坐标系和高程基准，然后添加文件。
first-open = 打开项目
first-open-text = 继续使用已有的 .lantu 文件。
first-drop = 也可将 .lantu 项目、IFC 模型、GeoTIFF 影像或 GIS 图层拖放到此处
first-drop-now = 松开即打开或导入
first-recent = 最近的项目
scene-waiting = { $name } 等待定位
scene-waiting-text = 文件没有明确说明位置；未经您确认，任何数据都不会被放置。
scene-unfinished = { $name }：正在导入，尚不完整
scene-unfinished-text = 斜线部分已生成，其余将陆续显示。
scene-importing = 正在导入 { $name }
scene-importing-text = 形体生成后即显示；右下角的进度条显示完成比例。
scene-waiting-open = 查看可能的位置
scene-empty = 项目中还没有内容。
scene-empty-text = 将 IFC 模型、正射影像、高程模型或 GIS 图层拖放到此处，或点击选择。
scene-loading = 正在载入场景…

# 对话框与通知
dialog-close = 关闭
dialog-copy = 复制文本
dialog-details = 详细信息
dialog-what = 发生了什么
dialog-where = 位置
dialog-todo = 处理办法
notice-close = 关闭通知
notice-copied = 已复制：{ $text }
dialog-error-title = 操作未完成

# 数值
value-unknown = 未知
yes = 是
no = 否
duration-seconds = { $n } 秒
duration-minutes = { $n } 分钟
duration-hours = { $n } 小时
duration-days = { $n ->
   *[other] { $count } 天
}

# 场景左侧的第二幅画面
beside-plan = 计划
beside-actual = 实际
beside-former = 上一版本
beside-present = 当前版本
beside-close = 只显示场景
