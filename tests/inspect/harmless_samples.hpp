// Innocent look-alikes that no rule in yara/ may match.
#pragma once
#include "inspect/yara_samples.hpp"

namespace kulla::test {

// clang-format off
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
