# 命令行文字。每条问题说明:发生了什么、在哪里、怎么办。

app-new-done = 已创建项目 { $path }。
app-import-done = { $path }:已导入为 { $source },共 { $objects } 个对象。
app-import-records = { $path }:已导入为 { $source },共 { $rows } 行。
app-import-partial = { $path }:已导入为 { $source },共 { $objects } 个对象,有 { $n } 条提示。
app-import-waiting = { $path }:已导入为 { $source },但尚待定位。请查看 `lantu placement { $project } { $source }`,再加 --accept N 确认。
app-import-failed = { $path }:{ $problem }
app-remark = {"  "}{ $severity } { $where }:{ $message }
app-remark-more = {"  "}……另有 { $n } 条;用 --report FILE.json 可全部写出。
app-at = 位于 { $place }
app-severity-info = 说明
app-severity-warning = 警告
app-severity-error = 错误

app-problem-missing = 文件 { $path } 不存在。请检查路径。
app-problem-read = 文件 { $path } 无法读取:{ $detail }。请检查读取权限。
app-problem-empty = 文件 { $path } 是空的。请重新获取该文件。
app-problem-unknown-format = 文件 { $path } 不是 Lantu 能导入的类型:{ $detail }。请确认文件,或用 --as 指定导入器。
app-problem-memory = 导入 { $path } 所需内存超过上限,已停止。请提高 --memory 或拆分文件。
app-problem-deadline = 导入 { $path } 超过 { $seconds } 秒,已停止。请提高 --deadline。
app-problem-crash = 导入 { $path } 的进程意外结束:{ $detail }。其他内容不受影响;请反馈该文件。
app-problem-cancelled = 已停止导入 { $path }。此前导入的内容均已保留。
app-problem-no-georeference = 文件 { $path } 没有地理参考:{ $detail }。请添加坐标文件或先做地理配准。
app-problem-no-crs = 文件 { $path } 没有说明坐标系。请用 --crs EPSG:n 指定。
app-problem-other = 文件 { $path } 无法使用:{ $detail } { $place }。请用生成它的软件检查。

app-error-not-found = 没有 { $path }。请检查路径,或用 `lantu new` 新建项目。
app-error-exists = { $path } 已存在,不会被覆盖。请换一个名称。
app-error-not-a-project = { $path } 不是 Lantu 项目:内容为 { $detail }。请打开由 Lantu 创建的 .lantu 文件。
app-error-other-program = { $path } 是其他程序的数据库({ $detail })。请打开由 Lantu 创建的 .lantu 文件。
app-error-damaged = 项目 { $path } 已损坏:{ $detail }。请从备份恢复;`lantu verify` 会列出问题。
app-error-newer = 项目 { $path } 由更新版本的 Lantu 创建({ $detail })。请安装新版本。
app-error-older = 项目 { $path } 的格式过旧,已不支持({ $detail })。
app-error-read-only = 无法写入 { $path }:所在文件夹只读。请复制到别处或申请写入权限。
app-error-busy = 项目 { $path } 正在别处编辑。请先在那里关闭。
app-error-unknown-source = 项目 { $path } 中没有数据源 { $detail }。`lantu info` 可列出全部。
app-error-nothing-to-undo = { $path } 中 { $detail } 没有可撤销的定位决定。
app-error-crs = 坐标系无法使用:{ $detail }。请写成 EPSG:n 的投影坐标系,例如 EPSG:4548。
app-error-time = { $detail } 请写成 2026-07-31T14:05:00+08:00 或本地日期。
app-error-unknown = 项目中没有{ $what } { $name }。`lantu info` 和 `lantu objects` 可列出已有内容。
app-error-ambiguous = { $name } 对应 { $n } 个对象。请写成 数据源:编号。
app-error-gpu = 没有可用的图形驱动:{ $detail }。请安装 Vulkan 驱动;mesa-vulkan-drivers 无需显卡即可绘制。
app-error-no-display = 无法打开窗口:{ $detail }。请在桌面会话中启动,或使用 `lantu snapshot`。
app-error-file = 文件 { $path } 无法使用:{ $detail }。
app-error-cancelled = 已停止。此前完成的内容均已保留。

app-info-head = { $name }:{ $objects } 个对象,{ $triangles } 个三角形,{ $crs },{ $zone }
app-info-source = {"  "}{ $source }({ $importer }):{ $objects } 个对象,{ $state }
app-info-placed = 已定位
app-info-waiting = 待定位
app-info-absent = 源文件缺失
app-info-span = {"  "}时间范围 { $from } 至 { $to }
app-inspect-head = { $path }:{ $schema },{ $crs },单位 { $unit }
app-inspect-counts = {"  "}{ $objects } 个对象,其中 { $shapes } 个有形体,{ $triangles } 个三角形,{ $properties } 个属性,{ $quantities } 个工程量,{ $diagnostics } 条提示
app-inspect-class = {"  "}{ $n } × { $class }
app-none = 无
app-placement-head = { $source }:{ $state }
app-placement-row = {"  "}{ $chosen } { $n } { $name }(得分 { $score }):{ $reasons }
app-verify-passed = { $path }:检查内容全部完好({ $checked })。
app-verify-failed = { $path }:{ $n } 项检查未通过。
app-verify-line = {"  "}{ $what } { $place }:{ $detail }
app-snapshot-done = 已写出 { $path },{ $width } × { $height }。
app-demo-writing = 正在 { $path } 生成示范辖区……
app-demo-importing = 正在导入 { $n } 个文件……
app-demo-done = 示范项目为 { $path }。用 `lantu view { $path }` 打开。
app-demo-picture = 已写出 { $path }。
app-notice-imported = 已导入 { $path }。
app-notice-copied = 已复制。
app-notice-snapshot = 图片已写入 { $path }。
app-notice-device-lost = 图形设备已丢失，现已换用新设备，正在重新加载场景。
app-notice-progress = { $name }：{ $percent } % { $step }
app-notice-stopped = 已停止：{ $name }。此前已导入的内容保留。
app-notice-busy = 等待中的任务过多，请在某个任务结束后重试。
app-notice-drop-needs-project = 文件要导入到项目中：请先打开或新建项目。
app-demo-name = 示范辖区
app-bench-city-name = 生成的城区
app-bench-city-done = 已将含 { $n } 个对象的城区写入 { $path }。
app-bench-compared = 第 { $frame } 帧:{ $percent } % 的像素与完整细节不同。
app-bench-frames-done = { $mode ->
    [moving] 移动中
   *[settled] 静止
}:每帧 CPU { $median } 毫秒(中位数),{ $high } 毫秒(第 95 百分位);驻留内存最多 { $resident } MB(上限 { $limit } MB),进程最多 { $process } MB。
