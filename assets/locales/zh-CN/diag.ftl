### 导入提示。有专门文本的代码写作 `diag-` 加代码，“.”写作“-”；其余使用通用文本。

diag-place = 位于 { $place }
diag-severity-info = 说明
diag-severity-warning = 提示
diag-severity-error = 缺失
diag-line = { $severity } { $code }，位于 { $place }：{ $message }
diag-line-file = { $severity } { $code }：{ $message }
diag-further = { $code }：另有 { $count } 条
diag-none = 没有提示：内容已全部读取。
diag-summary = 缺失 { $errors } 项，近似 { $warnings } 项，说明 { $notes } 项。

# 对象的绘制与文件不同之处。$reason 来自几何内核。
diag-ifc-shape-boxed = 以带斜线的包围盒代替，因为无法生成其形体：{ $reason }。
diag-ifc-shape-simplified = 以带斜线的简化形体代替（未做剪切），因为无法生成其形体：{ $reason }。
diag-ifc-shape-partial = 形体缺少一部分：{ $reason }。
diag-ifc-shape-approximated = 形体中的一次剪切或合并以其他方法完成：{ $reason }。
diag-ifc-shape-failed = 未绘制此 { $class }，因为无法生成其形体：{ $reason }。
diag-ifc-placement-failed = 位置可能不对，因为无法计算其放置：{ $reason }。
