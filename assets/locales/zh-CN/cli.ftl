### 命令和对话框的消息。错误依次说明：发生了什么、在哪里、怎么办。
### $path 按用户输入原样重复；$reason 是系统给出的原话。

# 文件
cli-file-missing = 没有文件 { $path }。请检查拼写和所在文件夹。
cli-file-unreadable = 无法读取 { $path }：{ $reason }。请检查权限，或是否被其他程序占用。
cli-file-empty = { $path } 是空文件。请向提供者重新索取。
cli-file-truncated = { $path } 在 { $place } 处提前结束，可能是复制时被截断。请重新复制或下载。
cli-file-not-recognized = { $path } 不是蓝图能读取的格式。请提供 IFC 模型、GeoTIFF、GeoPackage、GeoJSON、Shapefile 或 CSV 进度计划；也可用 --as 指定导入器。
cli-file-not-step = { $path } 不是 IFC：文件开头为 { $found }。请重新导出为 IFC（STEP，“.ifc”）。
cli-file-is-zip = { $path } 是 zip 压缩包，不是 IFC。请先解压，再导入其中的 .ifc 文件。
cli-file-is-text = { $path } 是文本，不是 IFC：文件开头为 { $found }。请确认是否选错了文件。
cli-file-damaged = { $path } 在 { $place } 处损坏：{ $reason }。此前的内容已读取；请向提供者重新索取文件。
cli-file-not-written = 无法写入 { $path }：{ $reason }。请换一个文件夹，或腾出空间。
cli-file-exists = { $path } 已存在。请换一个名称，或先将其移走。

# 坐标
cli-raster-no-georeference = { $path } 没有地理参考，无法确定位置。请补充坐标文件（.tfw）或导出为 GeoTIFF，然后重新导入。
cli-crs-missing = { $path } 没有说明坐标系。请用 --crs 重新导入，例如 --crs EPSG:4548。
cli-crs-unknown = PROJ 不认识坐标系 { $crs }。请使用 EPSG:n、WKT 或 .prj 文件。
cli-crs-not-projected = { $crs } 以度为单位；项目需要以米或英尺为单位的投影坐标系，例如 EPSG:4548。
cli-crs-wrong = { $path } 与项目不符：按 { $crs } 计，它距其余内容 { $distance }。请核对坐标系，并用 --crs 重新导入。
cli-crs-no-operation = 此处无法从 { $from } 转换到 { $to }：{ $reason }。请安装 PROJ 指明的格网文件，或改用其他坐标系。

# 项目
cli-project-missing = 没有项目 { $path }。可用以下命令创建：lantu new { $path } --crs EPSG:n
cli-project-foreign = { $path } 不是蓝图项目：{ $found }。请用原程序打开；其中的图层可用 lantu import PROJECT { $path } 导入。
cli-project-newer = { $path } 由更新版本的蓝图写成（格式 { $found }，本版本最高支持 { $known }）。请安装新版本。
cli-project-damaged = { $path } 已损坏：{ $reason }。请从备份恢复；lantu verify { $path } 可列出受损内容。
cli-project-locked = { $path } 正被另一个蓝图程序打开。请在那里关闭后重试。
cli-folder-read-only = { $path } 所在文件夹不可写。项目以只读方式打开；如需修改，请复制到自己的文件夹。
cli-project-created = 已创建 { $path }，坐标系 { $crs }。

# 计算机
cli-no-gpu = 没有可用的图形驱动：{ $reason }。请安装驱动，或安装软件驱动（Debian：mesa-vulkan-drivers）；除绘图外其余功能不受影响。
cli-gpu-failed = 图形设备 { $adapter } 报告：{ $reason }。视图为空白，项目完好。请更新驱动或重新启动。
cli-software-gpu = 由 CPU 绘制（{ $adapter }）：较慢，但内容完整。
cli-no-display = 没有显示器。无显示器也能出图：lantu snapshot PROJECT --out FILE.png
cli-picture-too-large = { $size } 的图片超出 { $adapter } 的上限（{ $limit }）。请用 --size 指定较小尺寸。

# 导入
cli-import-refused = { $path } 被拒绝：{ $reason }。其他文件继续导入。
cli-import-memory = { $path } 需要的内存超过允许的 { $limit }，已停止。请用 --memory 放宽限制，或拆分文件。
cli-import-deadline = { $path } 用时超过 { $limit }，已停止。请用 --deadline 放宽限制，或拆分文件。
cli-import-crashed = 导入器在处理 { $path } 时崩溃（{ $reason }）。项目未受影响，其他文件继续导入；请反馈此文件。
cli-import-cancelled = { $path }：已取消。已报告完成的内容保留。
cli-import-duplicate = { $path } 已在项目中，来源名为 { $source }。
cli-import-started = { $path }：按 { $importer } 读取。
cli-import-step = { $path }：{ $step }，{ $percent } %
cli-import-done = { $path }：{ $objects } 个对象，{ $triangles } 个三角形，{ $seconds } 秒。来源 { $source }。
cli-import-partial = { $path }：共 { $read } 个对象，保留 { $kept } 个，舍弃 { $dropped } 个，{ $warnings } 条提示。来源 { $source }；详见报告。
cli-import-nothing = { $path }：没有可显示的内容。{ $reason }
cli-import-summary = 共 { $total } 个文件，已导入 { $done } 个，部分导入 { $partial } 个，失败 { $failed } 个。
cli-import-report = 报告：{ $path }

# 定位
cli-placement-waits = { $source } 等待定位：{ $reason }。查看选项：lantu placement { $project } { $source }
cli-placement-placed = { $source } 已按“{ $hypothesis }”定位。
cli-placement-accepted = { $source } 已按“{ $hypothesis }”定位，由 { $by } 于 { $at } 决定。
cli-placement-undone = 已撤销 { $source } 的定位决定，重新等待定位。
cli-placement-choice = { $n }  { $hypothesis }  得分 { $score }  { $reason }
cli-placement-no-choice = { $source } 没有选项 { $n }，共 { $count } 项。查看选项：lantu placement { $project } { $source }
cli-placement-as_declared = 按文件声明
cli-placement-no_georeference = 按自身坐标，无地理参考

# 校验
cli-verify-ok = { $path } 完好：{ $entries } 条日志，{ $sources } 个来源，{ $tiles } 个瓦片。
cli-verify-failed = { $path } 不完好：{ $n ->
   *[other] 发现 { $count } 处问题
}。
cli-verify-database = 数据库在 { $place } 处损坏：{ $reason }。请从备份恢复项目。
cli-verify-log = 日志条目 { $entry } 与链不符：该条或此前的条目被改动。请与备份比较。
cli-verify-source = 来源 { $source } 在导入后被改动：{ $path }。请重新导入，或恢复原文件。
cli-verify-source-missing = 来源 { $source } 不在 { $path }。请恢复文件，或重新导入。
cli-verify-tile = 瓦片包 { $tile } 已损坏。请删除文件夹 { $path }，它会由来源重新生成。

# 请求
cli-usage = 无法理解 { $what }：{ $reason }。参见 lantu { $command } --help。
cli-time-unreadable = { $text } 不是时间。请写作 2026-07-31T14:05:00+08:00，或按项目时区写日期或时间。
cli-zone-unknown = { $zone } 不是时区。请写 IANA 名称，例如 Asia/Shanghai。
cli-object-missing = { $path } 中没有对象 { $object }。列出对象：lantu objects { $path }
cli-object-ambiguous = 多个来源都有 { $object }：{ $sources }。请写作 来源:{ $object }。
cli-source-missing = { $path } 中没有来源 { $source }。列出来源：lantu info { $path }
cli-view-missing = { $path } 中没有视图 { $view }。
cli-where-unreadable = 条件在 { $place } 处无法理解：{ $reason }。
cli-internal = 蓝图自身出现故障：{ $reason }。项目完好；请反馈此问题。
cli-cancelled = 已停止。已报告完成的内容保留。

# 结果
cli-demo-written = 示例辖区位于 { $path }。
cli-demo-next = 打开方式：lantu view { $path }
cli-snapshot-written = { $path }：{ $size }，由 { $adapter } 绘制，用时 { $seconds } 秒。
cli-rebuild-tiles = { $source } 的瓦片不在，正由 { $path } 重新生成。
cli-info-source = { $source }：{ $objects } 个对象，来自 { $path }
