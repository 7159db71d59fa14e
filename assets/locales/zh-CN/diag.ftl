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
