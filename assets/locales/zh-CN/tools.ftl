### 工具用语：视图、量测、剖切、着色、文件、任务、鹰眼图、大屏。

# 视图
views-menu = 视图
views-menu-hint = 已存视图（PageUp、PageDown）
views-empty = 还没有已存视图。视图保存相机、图层、时间、叠加专题和剖切。为当前画面起个名称即可保存。
views-name = 视图名称
views-save = 保存视图
views-go = 显示视图 { $n }：{ $name }
views-rename = 重命名{ $name }
views-rename-to = { $name }的新名称
views-overwrite = 将当前画面存为{ $name }
views-up = 上移{ $name }
views-down = 下移{ $name }
views-delete = 删除{ $name }
views-step = { $n } / { $count }
views-default-name = 视图 { $n }

# 量测
measure-tool = 量测（M）
measure-title = 量测
measure-distance = 距离
measure-height = 高差
measure-area = 面积
measure-angle = 角度
measure-hint-distance = 沿路径逐点点击。Enter 完成，Backspace 退回一点，Esc 结束。
measure-hint-height = 先点低处，再点高处。Esc 结束。
measure-hint-area = 逐个点击角点。Enter 完成，Backspace 退回一点，Esc 结束。
measure-hint-angle = 依次点击一点、顶点、另一点。Esc 结束。
measure-live = 当前量测：{ $value }
measure-nothing = 请点击第一点
measure-horizontal = 水平
measure-vertical = 竖直
measure-perimeter = 周长
measure-slope = 坡度
measure-row = { $kind } { $value }
measure-go = 缩放到{ $what }
measure-delete = 删除{ $what }
measure-clear = 全部清除
measure-end = 收起工具
snap-vertex = 顶点
snap-edge = 边
snap-face = 面

# 剖切
section-tool = 剖切（C）
section-title = 剖切
section-plane = 剖切面
section-axis-east = 东
section-axis-north = 北
section-axis-up = 高程
section-axis-face = 拾取面
section-axis-hint = 剖切方向：{ $axis }
section-pick = 请在场景中点击一个面。
section-offset = 剖切面位置
section-offset-number = 位置（米）
section-flip = 反向
section-box = 剖切盒
section-box-selection = 贴合所选
section-box-min = 起
section-box-max = 止
section-box-corner = { $axis }{ $end }
section-reset = 重置
section-close = 关闭剖切面板

# 可见性
hidden-count = { $n ->
   *[other] 已隐藏 { $count } 个对象
}
ghosted-count = { $n ->
   *[other] { $count } 个半透明
}
hidden-filtered = 当前只显示一部分
hidden-show-all = 全部显示

# 着色
color-tool = 按属性着色（5）
color-title = 着色依据
color-search = 查找属性
color-class = 类别
color-storey = 楼层
color-type = 类型
color-material = 材料
color-source = 来源
color-choice = 按{ $name }着色，{ $count }
color-none-found = 没有名为“{ $text }”的属性。可按名称片段搜索。
color-none = 不着色
color-as-categories = 每个值一种颜色
color-as-range = 按数值渐变
color-other = 其他值
color-no-value = 无此属性
color-no-number = 无数值
color-from = 起始颜色的数值
color-to = 终止颜色的数值
color-full-range = 全部范围
color-only = 只看{ $value }，{ $count }
color-counting = 正在统计…
color-step = { $from } 至 { $to }
color-all = 显示全部值
color-close = 停止按{ $name }着色

# 撤销
undo = 撤销
redo = 重做
undo-what = 撤销：{ $what }
redo-what = 重做：{ $what }
edit-hide = 隐藏
edit-show = 显示
edit-isolate = 隔离
edit-ghost = 半透明
edit-select = 选择
edit-layers = 图层
edit-colors = 着色
edit-section = 剖切
edit-measure = 量测
edit-views = 视图
edit-placement = 定位
edit-style = 图层样式

# 项目菜单与文件选择
menu-recent = 最近的项目
recent-open = 打开 { $path }
recent-missing = 找不到文件
recent-forget = 从列表移除{ $name }
chooser-open = 打开项目
chooser-new = 新建项目
chooser-import = 导入文件
chooser-snapshot = 保存快照
chooser-path = 路径
chooser-folder = 转到{ $name }
chooser-place = 位置
chooser-file = 文件{ $name }，{ $size }
chooser-empty = 此文件夹中没有可用的文件。请转到其他文件夹，或在上方输入路径。
chooser-loading = 正在读取文件夹…
chooser-name = 文件名
chooser-crs = 坐标系
chooser-crs-hint = EPSG:4548，带高程为 EPSG:4548+EPSG:5737
chooser-do-open = 打开
chooser-do-new = 创建
chooser-do-snapshot = 保存
chooser-do-import = { $n ->
    [0] 导入
   *[other] 导入 { $count } 个文件
}
chooser-cancel = 取消
chooser-drop = 也可将文件拖放到窗口中。

# 任务与报告
jobs-title = 任务
jobs-close = 关闭任务列表
job-dismiss = 从列表移除{ $name }
job-remarks = { $n ->
    [0] 没有提示
   *[other] { $count } 条提示
}
job-report-open = { $name }的报告
report-title = 报告：{ $name }
report-counts = { $errors } 个错误，{ $warnings } 个警告，{ $notes } 条提示
report-empty = 文件内容已全部识别。
report-show = 在场景中查看：{ $text }
report-close = 关闭报告
severity-error = 错误
severity-warning = 警告
severity-info = 提示

# 内存
memory-open = 内存：{ $text }
memory-title = 内存
memory-limit = 内存上限
memory-apply = 设为上限
memory-explain = 网格、影像和纹理的总量不超过此上限。放不下的内容显示得较粗，但不会消失。
memory-coarser = 精度降低：内存上限
memory-coarser-explain = 内存上限 { $limit } 容不下当前视图的全部细节。对象完整，但显示较粗。提高上限可看到更多细节。

# 鹰眼图
overview = 鹰眼图：点击飞往该处
overview-close = 关闭鹰眼图
overview-open = 打开鹰眼图

# 移动
motion-orbit = 环绕
motion-fly = 飞行
motion-walk = 步行
motion-hint-orbit = 绕光标所指的点旋转
motion-hint-fly = 飞行：W A S D Q E，滚轮调速
motion-hint-walk = 贴地步行：W A S D，滚轮调速
motion-speed = 速度 { $speed }

# 帮助
help-title = 鼠标与键盘
help-close = 关闭帮助
help-hands = 鼠标
help-keys = 键盘
help-click = 左键单击
help-click-what = 选择；Ctrl 加选，Shift 选一段
help-drag = 左键拖动
help-drag-what = 绕光标所指的点旋转
help-pan = 右键或中键拖动
help-pan-what = 平移，所抓的点始终在光标下
help-wheel = 滚轮
help-wheel-what = 向光标缩放，不会穿过物体
help-menu = 右键单击
help-menu-what = 打开该处对象的菜单
help-box = Alt + 拖动
help-box-what = 框选
help-double = 双击
help-double-what = 缩放到对象
help-fly = W A S D Q E
help-fly-what = 按住右键飞行，滚轮调速

# 大屏与大小
ui-scale = 文字与面板大小

# 更多命令
cmd-ghost = 半透明
cmd-measure-distance = 量测距离
cmd-measure-height = 量测高差
cmd-measure-area = 量测面积
cmd-measure-angle = 量测角度
cmd-section = 剖切
cmd-section-reset = 剖切：重置
cmd-color-by = 按属性着色
cmd-save-view = 保存当前视图
cmd-next-view = 下一个视图
cmd-previous-view = 上一个视图
cmd-undo = 撤销
cmd-redo = 重做
cmd-orbit = 环绕
cmd-fly = 飞行
cmd-walk = 步行
cmd-overview = 鹰眼图
cmd-jobs = 任务
cmd-help = 鼠标与键盘
cmd-large = 大屏模式
cmd-larger = 放大文字与面板
cmd-smaller = 缩小文字与面板
cmd-normal-size = 恢复文字与面板大小
cmd-focus-next = 下一个控件
cmd-focus-previous = 上一个控件
tree-scroll = 滚动场景树
layer-ground = 地面
overlay-menu = 叠加专题
chooser-crs-list = 常用坐标系

# 定位报告
placing-title = { $source } 的定位
placing-close = 关闭定位报告
placing-busy = 正在执行该决定…
placing-placed = 已定位。决定已记录，可以撤销。
placing-waiting = 等待定位：没有一种方式明显胜出，请接受其中之一。
placing-empty = 未作比较：其坐标属于项目坐标系。
placing-undo = 撤销上一个决定
placing-score = 符合度 { $score }
placing-moves = 平面移动 { $flat } 米，高程移动 { $up } 米
placing-show = 查看
placing-show-n = 查看假设 { $n } 的位置
placing-accept = 接受
placing-accept-n = 接受假设 { $n }
placing-ghost = 假设 { $n }：{ $name }
placing-open = { $name } 为何位于此处
placing-open-waiting = { $name } 等待定位：查看各种假设
hypothesis-as-declared = 按文件所述
hypothesis-offset-twice = 偏移量重复应用
hypothesis-map-unit-mismatch = 地图单位不一致
hypothesis-project-unit-mismatch = 项目单位错误
hypothesis-axes-swapped = 东坐标与北坐标互换
hypothesis-zone-prefix = 东坐标带号
hypothesis-wrong-zone = 其他投影带
hypothesis-wrong-datum = 其他基准
hypothesis-true-north-for-grid = 真北误作坐标北
hypothesis-rotation-sign = 旋转方向相反
hypothesis-ellipsoidal-height = 大地高误作正常高
hypothesis-site-latlong = 仅有场地经纬度
hypothesis-no-georeference = 没有地理参照
hypothesis-nudged = 手动移动
hypothesis-fitted = 由控制点拟合
