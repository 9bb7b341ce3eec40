/*
 * Web shells: pages that let whoever sends a request run what they like.
 * One rule is one technique. The rules ask for the code that gives the power, not for the names of known shells.
 */

// ---- PHP: a request is code ---------------------------------------------------------------------------------------

rule php_eval_of_request {
  meta:
    title = "PHP that runs what a request says"
    severity = "critical"
    author = "kulla"
  strings:
    $open = /<\?php/ nocase
    $echo = /<\?=/
    // Up to four functions may be wrapped around the parameter, and a closing tag glued in front of it.
    $eval = /[^\w>:$]eval\s{0,9}\(\s{0,9}["'{@]{0,2}(\w{3,24}\s?\(\s?@?){0,4}\$_(GET|POST|REQUEST|COOKIE)\b/ nocase
    $glued = /[^\w>:$]eval\s{0,9}\(\s{0,9}["'][^"'\n]{0,20}["']\s?\.\s?(\w{3,24}\(){0,3}\$_(GET|POST|REQUEST|COOKIE)\b/ nocase
    $header = /[^\w>:$]eval\s{0,9}\(\s{0,9}@?(\w{3,24}\s?\(\s?@?){0,4}\$_SERVER\[["']HTTP_/ nocase
    $body = /[^\w>:$]eval\s{0,9}\(\s{0,9}(["'][^"'\n]{0,20}["']\s?\.\s?)?@?(\w{3,24}\s?\(\s?@?){1,4}["']php:\/\/input/ nocase
    // The development server of Google App Engine does this by design, in these words.
    $known = /unset\(\$unsetEnv\);\s{1,4}eval\(file_get_contents\("php:\/\/input"\)\);\s{1,3}\} else \{/
    $assert = /[^\w>:$]assert\s{0,9}\(\s{0,9}@?\$_(GET|POST|REQUEST|COOKIE)\s?\[[^\]\n]{1,40}\]\s{0,3}\)/ nocase
    $decoded = /[^\w>:$]assert\s{0,9}\(\s?@?(base64_decode|str_rot13|strrev|hex2bin|stripslashes)\s?\(\s?\$_[GPRC]/ nocase
  condition:
    filesize < 4MB and ($open or $echo or uint16be(0) == 0x3c3f) and
    ($eval or $glued or $header or #body > #known or $assert or $decoded)
}

rule php_command_of_request {
  meta:
    title = "PHP that runs a request's text as a command of the system"
    severity = "critical"
    author = "kulla"
  strings:
    $open = /<\?php/ nocase
    $echo = /<\?=/
    $short = /[^\w>:$](system|passthru|popen|proc_open|pcntl_exec)\s{0,9}\(\s?@?["']?\{?\$_(GET|POST|REQUEST|COOKIE)\b/ nocase
    $exec = /[^\w>:$](shell_exec|exec)\s{0,9}\(\s?@?["']?\{?\$_(GET|POST|REQUEST|COOKIE)\b/ nocase
    $wrapped = /[^\w>:$](system|passthru|shell_exec|exec|popen|proc_open)\s?\(\s?(\w{3,24}\s?\(\s?@?){1,3}\$_(GET|POST|REQ|COOK)/ nocase
    $quoted = /escapeshell(arg|cmd)\s?\(\s?\$_(GET|POST|REQUEST|COOKIE)/ nocase
    $header = /[^\w>:$](system|passthru|shell_exec|exec|popen|proc_open)\s?\(\s?(\w{3,24}\s?\(\s?){0,3}@?\$_SERVER\[["']HTTP_/ nocase
    $echoed = /<\?=\s?@?`\{?\$_(GET|POST|REQUEST|COOKIE)\[/ nocase
    $called = /\b(echo|print|die|return|exit)[ (@]{1,3}`\{?\$_(GET|POST|REQUEST|COOKIE)\[[^\]\n]{1,30}\]\}?`\s?\)?;/ nocase
    $kept = /\$\w{1,20}\s?=\s?@?`\{?\$_(GET|POST|REQUEST|COOKIE)\[[^\]\n]{1,30}\]\}?`;/ nocase
  condition:
    (filesize < 4MB and ($open or $echo or uint16be(0) == 0x3c3f) and
     ($short or $exec or $header or ($wrapped and not $quoted))) or
    (filesize < 1MB and ($echoed or $called or $kept))
}

rule php_kept_request_run {
  meta:
    title = "Small PHP file that keeps a request's text and then runs it"
    severity = "high"
    author = "kulla"
  strings:
    $open = /<\?php/ nocase
    $echo = /<\?=/
    $kept = /\$(cmd|command|comando|c|x|e|exec|shell|code|payload)\s?=\s?@?(\w{3,20}\s?\(\s?){0,3}@?\$_(GET|POST|REQUEST|COOKIE)/ nocase
    $asked = /\$_(GET|POST|REQUEST|COOKIE)\[["'](cmd|command|comando|c|x|e|exec|shell|code|payload)["']\]/ nocase
    $run = /[^\w>:$](system|passthru|shell_exec|exec|popen|proc_open)\s?\(\s?["']?\$(cmd|command|comando|c|x|e|exec|shell)\b/ nocase
    $eval = /[^\w>:$](eval|assert)\s?\(\s?["']?(\w{3,20}\s?\(\s?){0,3}\$(cmd|command|comando|c|x|e|exec|shell|code|payload)\b/ nocase
  condition:
    filesize < 20KB and ($open or $echo or uint16be(0) == 0x3c3f) and ($kept or $asked) and ($run or $eval)
}

rule php_code_from_elsewhere {
  meta:
    title = "PHP that loads code out of a request, out of text in itself or from another machine"
    severity = "critical"
    author = "kulla"
  strings:
    $open = /<\?php/ nocase
    $echo = /<\?=/
    $body = /\b(include|require)(_once)?\s?\(?\s?["']php:\/\/input/ nocase
    $encoded = /\b(include|require)(_once)?\s?\(?\s?["']data:[^"'\n]{0,40}base64,/ nocase
    $plain = /\b(include|require)(_once)?\s?\(?\s?["']data:[^"'\n]{0,40},["']\s?\.\s?@?(\w{3,20}\(){0,2}\$_(GET|POST|REQ|COOK)/ nocase
    $eval = /[^\w>:$]eval\s?\(\s?(["'][^"'\n]{0,6}["']\s?\.\s?)?@?(\w{3,24}\s?\(\s?@?){1,3}["'](https?|ftp):\/\// nocase
    $include = /\b(include|require)(_once)?\s?\(?\s?["'](https?|ftp):\/\/[^"'\n]{4,120}["']\s?\)?;/ nocase
  condition:
    (filesize < 1MB and ($open or $echo or uint16be(0) == 0x3c3f) and ($body or $encoded or $plain)) or
    (filesize < 1MB and ($open or $echo or uint16be(0) == 0x3c3f) and ($eval or $include))
}

rule php_preg_replace_runs_request {
  meta:
    title = "PHP that runs a request's text through the e modifier of preg_replace"
    severity = "critical"
    author = "kulla"
  strings:
    $open = /<\?php/ nocase
    $echo = /<\?=/
    $fixed = /preg_(replace|filter)\s?\(\s?["'][^\w\s][^"'\n]{0,40}[^\w\s][imsux]{0,5}e[imsux]{0,5}["']\s?,[^;\n]{0,40}\$_[GPRC][EO]/ nocase
    $asked = /preg_(replace|filter)\s?\(\s?@?\$_(GET|POST|REQUEST|COOKIE)\[[^\]\n]{1,30}\]\s?,\s?@?\$_[GPRC][EO]/ nocase
    $eval = /preg_(replace|filter)\s?\(\s?["'][^\w\s][^"'\n]{0,40}[^\w\s][imsux]{0,5}e[imsux]{0,5}["']\s?,\s?["']eval/ nocase
    $escaped = /preg_replace\s?\(\s?["'][^\w\s][^"'\n]{0,9}[^\w\s]e["']\s?,\s?["']\\x65\\x76\\x61\\x6c/ nocase
    $multibyte = /mb_ereg_replace\s?\([^;\n]{1,90}\$_(GET|POST|REQUEST|COOKIE)[^;\n]{1,60}["'][imsx]{0,4}e[imsx]{0,4}["']\s?\)/ nocase
  condition:
    filesize < 1MB and ($open or $echo or uint16be(0) == 0x3c3f) and
    ($fixed or $asked or $eval or $escaped or $multibyte)
}

rule php_function_named_by_request {
  meta:
    title = "PHP that calls the function that a request names"
    severity = "critical"
    author = "kulla"
  strings:
    $open = /<\?php/ nocase
    $echo = /<\?=/
    $direct = /\$_(GET|POST|REQUEST|COOKIE)\s?\[[^\]\n]{1,30}\]\(\s?@?(\w{3,20}\(\s?){0,2}\$[\w{]/ nocase
    $braces = /\$\{?["']_(GET|POST|REQUEST|COOKIE)["']\}?\s?\[[^\]\n]{1,30}\]\s?\(/ nocase
    $call = /\b(call_user_func|call_user_func_array|array_map|forward_static_call)\s?\(\s?@?\$_(GET|POST|REQUEST|COOKIE)\[/ nocase
    $shutdown = /\bregister_(shutdown|tick)_function\s?\(\s?@?\$_(GET|POST|REQUEST|COOKIE)\[/ nocase
    $sort = /\b(usort|uasort|uksort|array_filter|array_walk|array_reduce)\s?\([^;\n]{1,60},\s?@?\$_(GET|POST|REQUEST|COOKIE)\[/ nocase
    $made = /create_function\s?\([^;\n]{1,60},\s?@?(\w{3,20}\(\s?){0,3}\$_(GET|POST|REQUEST|COOKIE)/ nocase
    $named = /\b(array_map|call_user_func|array_filter|usort)\s?\(\s?["'](assert|system|eval|passthru|exec|shell_exec)["']\s?,/ nocase
  condition:
    filesize < 1MB and ($open or $echo or uint16be(0) == 0x3c3f) and
    any of ($direct, $braces, $call, $shutdown, $sort, $made, $named)
}

rule php_encrypted_channel {
  meta:
    title = "PHP that decrypts the body of a request and runs it"
    severity = "critical"
    author = "kulla"
  strings:
    $open = /<\?php/ nocase
    $echo = /<\?=/
    $body = "php://input" nocase
    $posted = /=\s?@?(base64_decode\s?\(\s?)?@?\$_POST\[/ nocase
    $session = "session_start" nocase
    $cipher = /openssl_decrypt\s?\(\s?\$\w{1,20}\s?,\s?["']AES/ nocase
    $exclusive_or = /\^\s?\$\w{1,12}\[\s?(\(\s?)?\$\w{1,6}\s?\+\s?1\s?(\)\s?)?&\s?15\s?\]/
    $remainder = /\^\s?\$\w{1,12}\[\s?\$\w{1,6}\s?%\s?(strlen|count)\s?\(/
    $eval = /[^\w>:$]eval\s?\(\s?["'{]{0,2}\$\w{1,20}/ nocase
    $assert = /[^\w>:$](assert|create_function)\s?\(\s?["']?\$\w{1,20}/ nocase
    $split = /=\s?explode\s?\(\s?["']\|["']\s?,/ nocase
    $invoke = /call_user_func\s?\(\s?(new\s\w{1,20}|\$\w{1,20})/ nocase
  condition:
    filesize < 12KB and ($open or $echo or uint16be(0) == 0x3c3f) and ($body or $posted) and
    any of ($cipher, $exclusive_or, $remainder) and
    ($eval or $assert or ($invoke and ($split or $session)))
}

rule php_write_of_request {
  meta:
    title = "PHP that writes a request's text into a file that the request names"
    severity = "high"
    author = "kulla"
  strings:
    $open = /<\?php/ nocase
    $echo = /<\?=/
    $put = /file_put_contents\s?\([^;\n]{0,40}\$_(GET|POST|REQUEST|COOKIE)\[[^;\n]{1,80},[^;\n]{0,40}\$_(GET|POST|REQ|COOK)/ nocase
    $write = /fwrite\s?\(\s?fopen\s?\([^;\n]{0,40}\$_(GET|POST|REQUEST|COOKIE)\[[^;\n]{1,80},[^;\n]{0,30}\$_(GET|POST|REQ|COOK)/ nocase
    $script = /file_put_contents\s?\([^;\n]{1,60}\.php["']\s?,\s?(\w{3,20}\s?\(\s?){0,2}\$_(GET|POST|REQUEST|COOKIE)/ nocase
  condition:
    filesize < 1MB and ($open or $echo or uint16be(0) == 0x3c3f) and ($put or $write or $script)
}

rule php_shell_console {
  meta:
    title = "PHP page with the instruments of a web shell: commands, files, permissions, databases"
    severity = "high"
    author = "kulla"
  strings:
    $open = /<\?php/ nocase
    $run1 = /[^\w>:$](shell_exec|passthru|proc_open|popen)\s?\(/ nocase
    $run2 = /[^\w>:$](system|exec|eval)\s?\(\s?(base64_decode\s?\(\s?)?\$/ nocase
    $request = /\$_(GET|POST|REQUEST|COOKIE)\b/
    $limits = "disable_functions" nocase
    $safe = "safe_mode" nocase
    $kernel = "php_uname" nocase
    $owner = "posix_getpwuid" nocase
    $mode = "fileperms" nocase
    $basedir = "open_basedir" nocase
    $chmod = /[^\w>:$]chmod\s?\(/ nocase
    $accounts = "/etc/passwd"
    $shadow = "/etc/shadow"
    $back = /\b(back|reverse)[ _-]?connect/ nocase
    $bind = /\bbind[ _-]?(port|shell)\b/ nocase
    $windows = "cmd.exe" nocase
    $force = /\bbrute[ _-]?force/ nocase
    $drives = /range\s?\(\s?["'][ac]["']\s?,\s?["']z["']/ nocase
    $endless = /set_time_limit\s?\(\s?0\s?\)/ nocase
    $quiet = /error_reporting\s?\(\s?0\s?\)/ nocase
  condition:
    filesize < 600KB and $open and $request and ($run1 or $run2) and
    ($back or $bind or $windows or $accounts or $shadow or $force or $drives) and
    7 of ($limits, $safe, $kernel, $owner, $mode, $basedir, $chmod, $accounts, $shadow, $back, $bind, $windows, $force,
          $drives, $endless, $quiet)
}

// ---- PHP: code that hides -----------------------------------------------------------------------------------------

rule php_packed_code {
  meta:
    title = "PHP that unpacks hidden code and runs it"
    severity = "high"
    author = "kulla"
  strings:
    $open = /<\?php/ nocase
    $echo = /<\?=/
    $inflate = /[^\w>:$](eval|assert)\s?\(\s?["'?>. ]{0,9}@?(gzinflate|gzuncompress|gzdecode|bzdecompress)\s?\(/ nocase
    $rotate = /[^\w>:$](eval|assert)\s?\(\s?["'?>. ]{0,9}@?(str_rot13|strrev|convert_uudecode|hex2bin)\s?\(/ nocase
    $decode = /[^\w>:$](eval|assert)\s?\(\s?["'?>. ]{0,9}@?(base64_decode|urldecode|rawurldecode)\s?\(\s?["'$sg]/ nocase
    $chain = /\b(gzinflate|gzuncompress|str_rot13|strrev)\s?\(\s?(gzinflate|gzuncompress|str_rot13|strrev|base64_decode)\s?\(/ nocase
    $run = /[^\w>:$](eval|assert|create_function)\s?\(/ nocase
    $self = /[^\w>:$]eval\s?\([^;\n]{0,60}\(\s?(substr|file_get_contents|fread)\s?\(\s?[^;\n]{0,20}__FILE__/ nocase
  condition:
    filesize < 2MB and ($open or $echo or uint16be(0) == 0x3c3f) and
    ($inflate or $rotate or $decode or $self or ($chain and $run and filesize < 200KB))
}

rule php_function_from_pieces {
  meta:
    title = "PHP that hides the name of a dangerous function in pieces or codes"
    severity = "high"
    author = "kulla"
  strings:
    $open = /<\?php/ nocase
    $echo = /<\?=/
    $assert_a = /["']a["']\s?\.\s?["']s{1,2}ert["']/ nocase
    $assert_as = /["']as["']\s?\.\s?["']sert["']/ nocase
    $assert_ass = /["']ass["']\.["']ert["']/ nocase
    $assert_ass_spaced = /["']ass["'] \. ["']ert["']/ nocase
    $assert_asse = /["']asse["']\s?\.\s?["']rt?["']/ nocase
    $assert_letters = "'a'.'s'.'s'.'e'" nocase
    $assert_letters_double = "\"a\".\"s\".\"s\".\"e\"" nocase
    $system_s = /["']s["']\s?\.\s?["']ystem["']/ nocase
    $system_sy = /["']sy["']\s?\.\s?["']stem["']/ nocase
    $system_sys = /["']sys["']\.["']tem["']/ nocase
    $system_sys_spaced = /["']sys["'] \. ["']tem["']/ nocase
    $system_syst = /["']syst["']\s?\.\s?["']em["']/ nocase
    $system_letters = "'s'.'y'.'s'.'t'" nocase
    $system_letters_double = "\"s\".\"y\".\"s\".\"t\"" nocase
    $base64_name = /["']base["']\s?\.\s?["']64/ nocase
    $base64_number = /["']base6["']\s?\.\s?["']4/ nocase
    $base64_decode = /["']base64_?["']\s?\.\s?["']_?d/ nocase
    $base64_deep = /["']base64_de["']\s?\.\s?["']code["']/ nocase
    $base64_letters = "'b'.'a'.'s'.'e'" nocase
    $base64_letters_double = "\"b\".\"a\".\"s\".\"e\"" nocase
    $create = /["'](create_?|creat|crea|cre)["']\s?\.\s?["'][a-z_"'. ]{0,12}func/ nocase
    $shell = /["'](shell_?|shel)["']\s?\.\s?["'][l_]{0,2}["'. ]{0,5}exec["']/ nocase
    $rotated = /str_rot13\s?\(\s?["'](nffreg|flfgrz|rkrp|cnffgueh|riny|furyy_rkrp|onfr64_qrpbqr)["']/ nocase
    $backward = /strrev\s?\(\s?["'](tressa|metsys|cexe|urhtssap|lave|cexe_llehs|edoced_46esab|etalfnizg)["']/ nocase
    $hex_assert = "\\x61\\x73\\x73\\x65\\x72\\x74" nocase
    $hex_eval = "\\x65\\x76\\x61\\x6c" nocase
    $hex_system = "\\x73\\x79\\x73\\x74\\x65\\x6d" nocase
    $hex_base64 = "\\x62\\x61\\x73\\x65\\x36\\x34" nocase
    $octal_assert = "\\141\\163\\163\\145\\162\\164"
    $octal_eval = "\\145\\166\\141\\154"
    $octal_system = "\\163\\171\\163\\164\\145\\155"
    $chr_assert = /chr\(97\)\s?\.\s?chr\(115\)\s?\.\s?chr\(115\)\s?\.\s?chr\(101\)/ nocase
    $chr_eval = /chr\(101\)\s?\.\s?chr\(118\)\s?\.\s?chr\(97\)\s?\.\s?chr\(108\)/ nocase
    $chr_system = /chr\(115\)\s?\.\s?chr\(121\)\s?\.\s?chr\(115\)\s?\.\s?chr\(116\)/ nocase
  condition:
    filesize < 500KB and ($open or $echo or uint16be(0) == 0x3c3f) and
    any of ($assert*, $system*, $base64*, $create, $shell, $rotated, $backward, $hex*, $octal*, $chr*)
}

rule php_scrambled {
  meta:
    title = "PHP whose names and order of lines were scrambled, or that is written without letters"
    severity = "high"
    author = "kulla"
  strings:
    $open = /<\?php/ nocase
    $echo = /<\?=/
    $counted = /(\$_{1,6}\+\+;\s?){4}/
    $indirect = /\$\{\$_{1,6}\}\s?[\[{]\s?["']?_{1,6}["']?\s?[\]}]/
    $double = /\$\$_{1,6}\[_{1,6}\]\s?\(/
    // The names system, assert, passthru, _POST with every bit turned over, raw and as escapes of a URL.
    $turned_system = { 8c 86 8c 8b 9a 92 }
    $turned_assert = { 9e 8c 8c 9a 8d 8b }
    $turned_passthru = { 8f 9e 8c 8c 8b 97 8d 8a }
    $turned_post = { a0 af b0 ac ab }
    $escaped_system = "%8c%86%8c%8b%9a%92" nocase
    $escaped_assert = "%9e%8c%8c%9a%8d%8b" nocase
    $escaped_post = "%a0%af%b0%ac%ab" nocase
    $globals = /\$\{["'](\\x[0-9a-f]{2}|\\[0-7]{2,3}|[A-Z]){7}["']\}\s?\[/ nocase
    $globals_hex = "${\"\\x47" nocase
    $globals_octal = "${\"\\107"
    $jump = /\bgoto \w{3,9};\s{0,4}\w{3,9}:/
    $table = /\$GLOBALS\[["']\w{1,12}["']\]\[\d{1,3}\]\s?\.\s?\$GLOBALS\[["']\w{1,12}["']\]\[\d{1,3}\]/
  condition:
    (filesize < 60KB and uint32be(0) != 0x89504e47 and ($open or $echo or uint16be(0) == 0x3c3f) and
     any of ($counted, $indirect, $double, $turned*, $escaped*)) or
    (filesize < 2MB and $open and
     (#globals > 4 or #globals_hex > 4 or #globals_octal > 4 or #jump > 15 or #table > 4))
}

// ---- PHP in what is no PHP ----------------------------------------------------------------------------------------

rule php_in_picture {
  meta:
    title = "Picture with PHP code in it"
    severity = "critical"
    author = "kulla"
  strings:
    // Picture data is dense: a tag of three bytes occurs in it by chance, so the short ones need what follows.
    $open = /<\?php\s/ nocase
    $echo = /<\?=\s?[@`]{0,2}(\$\{?["']?_[GPRC]|eval|system|exec|passthru|shell_exec)/ nocase
    $brief = /<\?\s[@`]{0,2}(\$_[GPRC]|eval|system|exec|passthru|assert)/ nocase
  condition:
    // JPEG, GIF, PNG, BMP, TIFF (both byte orders), icon, WebP
    ((uint32be(0) & 0xffffff00) == 0xffd8ff00 or uint32be(0) == 0x47494638 or uint32be(0) == 0x89504e47 or
     (uint16be(0) == 0x424d and uint32(6) == 0) or uint32be(0) == 0x49492a00 or uint32be(0) == 0x4d4d002a or
     uint32be(0) == 0x00000100 or (uint32be(0) == 0x52494646 and uint32be(8) == 0x57454250)) and
    ($open or $echo or $brief)
}

// ---- Web server settings ------------------------------------------------------------------------------------------

rule web_server_runs_what_is_no_page {
  meta:
    title = "Web server setting that runs pictures, texts or odd files as pages"
    severity = "high"
    author = "kulla"
  strings:
    $picture = /(^|\n)\s{0,9}Add(Handler|Type)\s[^\n#]{0,60}php[^\n#]{0,40}\s\.?(jpe?g|png|gif|ico|bmp|webp|svg)\b/ nocase
    $text = /(^|\n)\s{0,9}Add(Handler|Type)\s[^\n#]{0,60}php[^\n#]{0,40}\s\.?(txt|log|css|pdf|htaccess)\b/ nocase
    $files = /<Files(Match)?\s[^>\n]{1,60}(jpe?g|png|gif|ico|bmp|webp|\.svg|\.txt|\.log|htaccess)[^>\n]{0,40}>\s/ nocase
    $runs = />\s{1,20}(Set|Force)(Handler|Type)\s{1,4}["']?[^\n]{0,20}php/ nocase
    $folder = /\n[ \t]{0,9}(Set|Force)(Handler|Type)\s{1,4}["']?application\/x-httpd-php/ nocase
    $folder_first = /^[ \t]{0,9}(Set|Force)(Handler|Type)\s{1,4}["']?application\/x-httpd-php/ nocase
    $section = /<(Files|Location|Directory|If)/ nocase
    $page = /^\s{0,9}<(html|body|pre|!DOCTYPE|\?php)/ nocase
    $odd = /auto_(prepend|append)_file\s{0,4}=?\s{0,4}["']?[^\s"';#]{0,90}\.(jpe?g|png|gif|ico|bmp|webp|txt|log|css|htaccess)\b/ nocase
    $temporary = /auto_(prepend|append)_file\s{0,4}=?\s{0,4}["']?\/(tmp|var\/tmp|dev\/shm)\// nocase
    $stream = /auto_(prepend|append)_file\s{0,4}=?\s{0,4}["']?(php:\/\/|data:|https?:|ftp:|\\\\)/ nocase
    $configuration = "<configuration" nocase
    $handler = /scriptProcessor=["'][^"'\n]{1,120}(asp|php|aspnet)[^"'\n]{0,40}\.(dll|exe)/ nocase
    $own_path = /path=["']\*?\.?(web\.)?(config|jpe?g|png|gif|txt|ico)["']/ nocase
    $code = /<%[^>]{0,2000}(CreateObject|Request\s?[(.\[]|Process|eval\s?\()/ nocase
  condition:
    (filesize < 20KB and not $page and
     ($picture or $text or ($files and $runs) or
      (($folder or $folder_first) and not $section and filesize < 2KB))) or
    (filesize < 200KB and ($odd or $temporary or $stream)) or
    (filesize < 100KB and $configuration in (0..1024) and (($handler and $own_path) or $code))
}

// ---- Java ---------------------------------------------------------------------------------------------------------

rule jsp_command_of_request {
  meta:
    title = "JSP page that runs a request's text as a command or a script"
    severity = "critical"
    author = "kulla"
  strings:
    $tag = "<%"
    $jspx = "jsp:scriptlet" nocase
    $expression = "jsp:expression" nocase
    $run = /getRuntime\s?\(\s?\)\s{0,9}\.\s{0,9}exec\s?\(/
    $builder = /new\s(java\.lang\.)?ProcessBuilder\s?\(/
    $reflected = /["']java\.lang\.(Runtime|ProcessBuilder|ProcessImpl)["']/
    $unix_process = /java\.lang\.(UNIXProcess|ProcessImpl)/
    $parameter = /\brequest\s?\.\s?get(Parameter|Header|QueryString|Cookies|Reader|InputStream)\b/
    $param = /\$\{\s?param\.\w{1,20}\s?\}/
    $engine = "ScriptEngineManager"
    $language = /(new\s(javax\.el\.)?ELProcessor|GroovyShell\s?\(|SpelExpressionParser\s?\()/
    $evaluate = /\.\s?(eval|evaluate|parseExpression)\s?\(\s?(request\s?\.\s?getParameter|\w{1,20}\s?\))/
    $request = /\brequest\s?\.\s?get(Parameter|Header|Reader|InputStream)\b/
  condition:
    (filesize < 200KB and ($tag or $jspx or $expression) and ($parameter or $param) and
     ($run or $builder or $reflected or $unix_process)) or
    (filesize < 100KB and ($tag or $jspx) and ($engine or $language) and $evaluate and $request)
}

rule jsp_class_of_request {
  meta:
    title = "JSP page that loads a Java class out of a request"
    severity = "critical"
    author = "kulla"
  strings:
    $tag = "<%"
    $jspx = "jsp:scriptlet" nocase
    $define = "defineClass"
    $define_split = /["']define["']\s?\+\s?["']Class["']/
    $loader = "ClassLoader"
    $request = /\brequest\s?\.\s?get(Parameter|Header|Reader|InputStream)\b/
    $base64 = /\b(BASE64Decoder|Base64|decodeBuffer|getDecoder)\b/
    $cipher = /Cipher\s?\.\s?getInstance\s?\(\s?["']AES/
  condition:
    filesize < 200KB and ($tag or $jspx) and ($define or $define_split) and $loader and $request and
    ($base64 or $cipher)
}

rule jsp_in_escapes {
  meta:
    title = "JSP page whose code is written in escapes of letters"
    severity = "high"
    author = "kulla"
  strings:
    $tag = "<%"
    $jspx = "jsp:scriptlet" nocase
    $letters = /(\\u{1,4}00[2-7][0-9a-f]){8}/ nocase
    $entities = /(&#x?[0-9a-f]{2,3};){8}/ nocase
  condition:
    filesize < 500KB and (($tag and #letters > 4) or ($jspx and (#letters > 4 or #entities > 4)))
}

rule java_hook_into_web_server {
  meta:
    title = "Java class that hangs itself into a running web server and runs commands or classes"
    severity = "high"
    author = "kulla"
  strings:
    $context = "org/apache/catalina/core/StandardContext"
    $context_name = "org.apache.catalina.core.StandardContext"
    $filter = /addFilter(Map|Def|MapBefore)\b/
    $valve = "org/apache/catalina/valves/ValveBase"
    $spring = "RequestMappingHandlerMapping"
    $request = "getParameter" fullword
    $header = "getHeader" fullword
    $runtime = "java/lang/Runtime"
    $builder = "java/lang/ProcessBuilder"
    $define = "defineClass" fullword
    $shell = /(\/bin\/(ba)?sh|cmd\.exe)/
  condition:
    uint32be(0) == 0xcafebabe and filesize < 200KB and
    any of ($context, $context_name, $filter, $valve, $spring) and ($request or $header) and
    ((($runtime or $builder) and $shell) or $define)
}

// ---- ASP, ASP.NET, ColdFusion -------------------------------------------------------------------------------------

rule asp_eval_of_request {
  meta:
    title = "ASP page that runs what a request says"
    severity = "critical"
    author = "kulla"
  strings:
    $tag = "<%"
    $server = /<script[^>\n]{1,80}runat\s?=\s?["']?server/ nocase
    $direct = /\b(eval|execute|executeglobal)\b[\s("]{0,4}Request\s?(\.\s?(Form|QueryString|Item|Cookies|Params|Headers)\s?)?[(\[]/ nocase
    $decoded = /\b(eval|execute|executeglobal)\s?\(\s?([\w.]{3,60}\s?\(\s?){1,4}Request\s?(\.\s?[FQICPH]\w{3,12}\s?)?[(\[]/ nocase
    $kept = /\b(eval|execute)\s?\(\s?\w{1,20}\s?,\s?["']unsafe["']\s?\)/ nocase
  condition:
    filesize < 500KB and ($tag or $server) and ($direct or $decoded or $kept)
}

rule asp_command_of_request {
  meta:
    title = "ASP or ASP.NET page that starts programs for a request"
    severity = "critical"
    author = "kulla"
  strings:
    $tag = "<%"
    $shell = /CreateObject\s?\(\s?["'](WScript\.Shell|Shell\.Application)/ nocase
    $class_id = "72C24DD5-D70A-438B-8A42-98424B88AFB8" nocase
    $run = /\.\s?(exec|run|ShellExecute)\b\s?\(?[^\n]{1,80}/ nocase
    $request = /\bRequest\s?(\.\s?(Form|QueryString|Item|Cookies|ServerVariables)\s?)?\(/ nocase
    $page = /<%@\s{0,4}(Page|WebHandler|WebService|Control)\b/ nocase
    $server = /<script[^>\n]{1,80}runat\s?=\s?["']?server/ nocase
    $start_info = /\bProcessStartInfo\b/
    $start = /\bProcess\s?\.\s?Start\s?\(/
    $interpreter = /(cmd|powershell|pwsh)(\.exe)?["']/ nocase
    $slash_c = /["']\/c\s?["']?\s?\+/ nocase
    $net_request = /\bRequest\s?(\.\s?(Form|QueryString|Item|Cookies|Headers|Params|InputStream)\s?)?[\[(.]/
    $field = /\.\s?Text\b/
  condition:
    (filesize < 300KB and $tag and ($shell or $class_id) and $run and $request) or
    (filesize < 300KB and ($page or $server) and ($start_info or $start) and ($interpreter or $slash_c) and
     ($net_request or $field))
}

rule aspx_assembly_of_request {
  meta:
    title = "ASP.NET page that loads program code out of a request"
    severity = "critical"
    author = "kulla"
  strings:
    $page = /<%@\s{0,4}(Page|WebHandler|WebService|Control)\b/ nocase
    $server = /<script[^>\n]{1,80}runat\s?=\s?["']?server/ nocase
    $load = /\bAssembly\s?\.\s?Load\s?\(/
    $reflected = /typeof\s?\(\s?(System\.Reflection\.)?Assembly\s?\)[^;\n]{0,40}GetMethod\s?\(\s?["']Load["']/
    $instance = /(CreateInstance|GetMethod|EntryPoint)\s?[(.]/
    $request = /\bRequest\s?(\.\s?(Form|QueryString|Item|Cookies|Headers|Params|InputStream|BinaryRead)\s?)?[\[(.]/
    $encoded = /(FromBase64String|CreateDecryptor|TransformFinalBlock)\s?\(/
  condition:
    filesize < 200KB and ($page or $server) and ($load or $reflected) and $instance and $request and $encoded
}

rule cfm_command_of_request {
  meta:
    title = "ColdFusion page that starts programs for a request"
    severity = "critical"
    author = "kulla"
  strings:
    $tag = /<cfexecute\b[^>]{0,300}#\s?(form|url|cgi|cookie)\s?[.\[]/ nocase
    $runtime = /createObject\s?\(\s?["']java["']\s?,\s?["']java\.lang\.(Runtime|ProcessBuilder)["']\s?\)/ nocase
    $evaluate = /evaluate\s?\(\s?#?\s?(form|url|cookie)\s?[.\[]/ nocase
    $request = /\b(form|url|cookie)\s?(\.\w{1,20}|\[["'])/ nocase
    $code = /<cf(set|script|output|if|execute|param)\b/ nocase
  condition:
    filesize < 200KB and $code and ($tag or $evaluate or ($runtime and $request))
}

// ---- Perl, Python, Node -------------------------------------------------------------------------------------------

rule script_command_of_request {
  meta:
    title = "Perl, Python or Node program of a web server that runs a request's text"
    severity = "critical"
    author = "kulla"
  strings:
    $perl = /^#![^\n]{0,40}perl/
    $call = /\b(system|exec|eval|qx)\s?[({\/]?\s?["']?(\$\w{1,12}->|CGI::|\$\w{1,12}::)?param\s?\(\s?["']\w/
    $query = /\b(system|exec|eval)\s?[({]?\s?["']?\$ENV\{\s?["']?(QUERY_STRING|HTTP_\w{3,30})["']?\s?\}/
    $backticks = /`[^`\n]{0,20}\$(ENV\{\s?["']?(QUERY_STRING|HTTP_)|(form|FORM|query)\{["']?\w{1,20}["']?\})/
    $pipe = /\bopen\s?\(?[^;\n]{1,40}["']\s?\$(ENV\{QUERY_STRING|FORM\{|form\{|in\{|param\{)[^;\n]{1,40}\|\s?["']/
    $system = /\bos\.(system|popen)\s?\(\s?["'{\w]{0,12}[^)\n]{0,20}(\.getvalue|\.getfirst|request\.(args|form|values|GET|POST|data|json))/
    $subprocess = /\bsubprocess\.(\w{3,13})\s?\(\s?\[?[^)\n]{0,30}(\.getvalue|\.getfirst|request\.(args|form|values|GET|POST))/
    $eval = /[^\w.](eval|exec)\s?\(\s?(base64\.b64decode\s?\(\s?)?(flask\.)?request\.(args|form|values|GET|POST|data|cookies)/
    $field = /[^\w.](eval|exec)\s?\(\s?\w{1,20}\.(getvalue|getfirst)\s?\(\s?["']/
    $import = /\b(import|from)\s\w{2,20}/
    $exec = /\b(exec|execSync|spawn|spawnSync)\s?\(\s?`?["']?(\$\{)?\s?(req|request|ctx\.request)\.(query|body|headers|params)\b/
    $node_eval = /[^\w.](eval|Function|vm\.runIn\w{3,14})\s?\(\s?(req|request|ctx\.request)\.(query|body|headers|params)\b/
    $parsed = /\b(exec|execSync|eval)\s?\(\s?(require\(["']url["']\)|url)\.parse\s?\(\s?(req|request)\.url/
    $module = /require\s?\(\s?["'](node:)?(child_process|http|https|express|koa|vm|url)["']\s?\)/
    $node_import = /from\s{1,2}["'](node:)?(child_process|http|https|express|koa|vm|url)["']/
  condition:
    (filesize < 500KB and $perl and ($call or $query or $backticks or $pipe)) or
    (filesize < 200KB and $import and ($system or $subprocess or $eval or $field)) or
    (filesize < 500KB and ($module or $node_import) and ($exec or $node_eval or $parsed))
}
