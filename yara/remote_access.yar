/*
 * Remote access: shells that call back, tunnels and proxies into the inner network, implants.
 */

// ---- Shells that call back ----------------------------------------------------------------------------------------

rule shell_over_dev_tcp {
  meta:
    title = "Script that hands a shell to another machine through /dev/tcp"
    severity = "critical"
    author = "kulla"
  strings:
    $interactive = /\b(ba|z|k)?sh\s{1,3}-i\s{0,3}(>|>&|&>|1>|<)\s{0,3}["']?\/dev\/(tcp|udp)\/[\w$.{]/
    $descriptor = /\bexec\s{1,3}\d{1,3}<>\s?\/dev\/(tcp|udp)\/[\w$.{"-]{2,80}\/[^\n;]{1,12}(;|\n)[^\n]{0,40}(sh\b|while|cat\s?<&|read)/
    $swapped = /\b0<&\d{1,3}\s?-?;\s?exec\s\d{1,3}<>\s?\/dev\/(tcp|udp)\//
    $back = /\b(ba|z|k)?sh\b[^\n]{0,20}<&\d{1,3}\s{1,2}>&\d{1,3}/
    $page = /^\s{0,9}<(html|!DOCTYPE|\?xml)/ nocase
  condition:
    filesize < 300KB and not $page and ($interactive or $swapped or ($descriptor and $back))
}

rule shell_over_netcat {
  meta:
    title = "Script that hands a shell to another machine through netcat or socat"
    severity = "critical"
    author = "kulla"
  strings:
    $option = /\b(nc|ncat|netcat)(\.traditional|\.exe)?\s[^\n|;]{0,60}\s?-[a-z]{0,5}[ec]\s{1,2}["']?(\/bin\/|\/usr\/bin\/)?(ba|da|z|k)?sh\b/
    $option_windows = /\b(nc|ncat|netcat)(64)?(\.exe)?["']?\s[^\n|;]{0,60}-[a-z]{0,5}e\s{1,2}["']?(cmd|powershell)(\.exe)?\b/ nocase
    $pipe = /\bmkfifo\s[^\n]{1,80}\|\s?(\/usr)?(\/bin\/)?(ba|da|z|k)?sh\s-i\s?2>&1\s?\|\s?(\/usr)?(\/bin\/)?(nc|ncat|netcat|telnet)\b/
    $node = /\bmknod\s[^\n]{1,60}\sp\b[^\n]{1,60}(nc|ncat|netcat|telnet)\s[^\n]{1,60}\|\s?(\/bin\/)?(ba|da)?sh\b/
    $encrypted = /\bmkfifo\s[^\n]{1,120}\bopenssl\ss_client\s[^\n]{1,80}/
    $shell = /\b(ba|da|z|k)?sh\s-i\b/
    $page = /^\s{0,9}<(html|!DOCTYPE|\?xml)/ nocase
    $exec_first = /\bsocat\s[^\n]{0,80}\bexec:["']?(\/usr)?(\/bin\/)?(ba|da|z)?sh\b[^\n]{0,80}\b(tcp|openssl|ssl|udp)[46]?[-:]/ nocase
    $exec_last = /\bsocat\s[^\n]{0,120}\b(tcp|openssl|ssl|udp)[46]?[-:][^\n]{1,60}\sexec:["']?(\/usr)?(\/bin\/)?(ba|da|z)?sh\b/ nocase
  condition:
    (filesize < 300KB and not $page and uint32be(0) != 0x7f454c46 and
     ($option or $option_windows or $pipe or $node or ($encrypted and $shell))) or
    (filesize < 300KB and not $page and ($exec_first or $exec_last))
}

rule shell_over_script_socket {
  meta:
    title = "Script that ties a shell to a connection to another machine"
    severity = "critical"
    author = "kulla"
  strings:
    $python = /\bos\.dup2\s?\(\s?\w{1,12}\.fileno\s?\(\s?\)\s?,\s?[012]\s?\)/
    $python_loop = /\[?os\.dup2\s?\(\s?\w{1,12}\.fileno\(\)\s?,\s?\w{1,3}\s?\)\s?for\s\w{1,3}\sin\s?[(r]/
    $python_shell = /(pty\.spawn|subprocess\.(call|run|Popen)|os\.execl?v?p?|os\.system)\s?\(\s?\[?\s?["'](\/bin\/|\/usr\/bin\/)?(ba)?sh/
    $perl = /\bopen\s?\(?\s?STDIN\s?,\s?["']>&\s?\w{1,9}["']/
    $perl_shell = /\bexec\s?[({]?\s?["'](\/bin\/)?(ba)?sh(\s-i)?["']/
    $perl_handle = /\bSTDIN->fdopen\s?\(\s?\$\w{1,9}\s?,\s?["']?r["']?\s?\)[^\n]{0,80}\$~->fdopen/
    $php = /\b(exec|shell_exec|system|passthru|popen)\s?\(\s?["'](\/bin\/)?(ba)?sh\s(-i\s)?<&\d\s>&\d/
    $php_socket = /\bp?fsockopen\s?\(/
    $php_shell = /\bproc_open\s?\(\s?["'](\/bin\/(ba)?sh|cmd(\.exe)?|sh)\b/
    $ruby = /\bTCPSocket\.(open|new)\s?\([^\n]{1,80}(\/bin\/(ba)?sh|IO\.popen|exec\ssprintf)/
    $lua = /\bos\.execute\s?\(\s?["'](\/bin\/)?(ba)?sh\s-i\s<&\d\s>&\d/
    $awk = /\/inet\/tcp\/0\/[^\n]{1,200}\|&\s?getline/
    $awk_loop = /while\s?\([^\n]{0,60}\|&\s?getline[^\n]{0,200}close\s?\(/
    $node = /\bspawn\s?\(\s?["'](\/bin\/)?(ba)?sh["'][^\n]{0,400}\.pipe\s?\(\s?\w{1,12}\.std(in|out)/
    $node_socket = /\bnet\.(Socket|connect|createConnection)\s?\(/
    $java = /\bgetRuntime\(\)\s?\.\s?exec\s?\([^\n]{0,200}\/dev\/tcp\/[^\n]{1,60}<&/
    $page = /^\s{0,9}<(html|!DOCTYPE|\?xml)/ nocase
  condition:
    filesize < 100KB and not $page and
    (((#python > 1 or $python_loop) and $python_shell) or ($perl and $perl_shell) or $perl_handle or $php or $lua or
     $ruby or ($php_socket and $php_shell) or ($awk and $awk_loop) or ($node and $node_socket) or $java)
}

rule shell_over_powershell {
  meta:
    title = "PowerShell that runs what another machine sends over a connection"
    severity = "critical"
    author = "kulla"
  strings:
    $client = "Net.Sockets.TCPClient" ascii wide nocase
    $stream = ".GetStream" ascii wide nocase
    $read = ".Read(" ascii wide nocase
    $reader = "StreamReader" ascii wide nocase
    $run_short = /[^\w]iex[\s(]/ ascii wide nocase
    $run = "Invoke-Expression" ascii wide nocase
    $process = /Start(Info|-Process)\b/ ascii wide nocase
    $shell = /FileName\s?=\s?["'](cmd|powershell)/ ascii wide nocase
    $write = /\.(Write|WriteLine|Flush)\s?\(/ ascii wide nocase
  condition:
    filesize < 500KB and uint16(0) != 0x5a4d and $client and $stream and ($read or $reader) and $write and
    ($run_short or $run or ($process and $shell))
}

rule powershell_hidden_command {
  meta:
    title = "PowerShell that hides its command, or fetches what it runs"
    severity = "medium"
    author = "kulla"
  strings:
    $long = /powershell(\.exe)?["']?\s[^\n]{0,100}\s-e(nc|ncodedcommand|c)?\s{1,3}["']?[A-Za-z0-9+\/]{60}/ ascii nocase
    $started = /-e(nc|ncodedcommand|c)\s{1,3}["']?(JAB|SQBF|SQBuA|aQBl|UwB0|cABv|WwBT)[A-Za-z0-9+\/]{40}/ ascii nocase
    $long_wide = /powershell(\.exe)?["']?\s[^\n]{0,100}\s-e(nc|ncodedcommand|c)?\s{1,3}["']?[A-Za-z0-9+\/]{60}/ wide nocase
    $gathered = /iex\s?\(?\s?(New-Object\s(System\.)?IO\.(StreamReader|Compression)[^\n]{1,300}FromBase64String)/ ascii wide nocase
    $fetch_in = /(iex|Invoke-Expression)[\s(&"']{1,6}(\(?New-Object\s(System\.)?Net\.WebClient\)?)\.Download(String|Data)/ ascii wide nocase
    $request_in = /(iex|Invoke-Expression)[\s(&"']{1,6}(iwr|irm|Invoke-WebRequest|Invoke-RestMethod)\s/ ascii wide nocase
    $fetch_out = /\.DownloadString\s?\(\s?["'][^"'\n]{8,200}["']\s?\)\s?\)?\s?\|\s?(iex|Invoke-Expression)\b/ ascii wide nocase
    $hidden = /-w(in|indowstyle)?\s{1,2}(1|h|hid|hidden)\b/ ascii wide nocase
    $bypass = /-(ep|exec|executionpolicy)\s{1,2}(bypass|unrestricted)\b/ ascii wide nocase
    $address = /Download(String|File|Data)\s?\(\s?["']https?:\/\/\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}/ ascii wide nocase
  condition:
    (filesize < 1MB and ($long or $started or $long_wide or $gathered)) or
    (filesize < 200KB and uint16(0) != 0x5a4d and
     (($fetch_out and ($hidden or $bypass or $address)) or ($fetch_in and ($hidden or $bypass or $address)) or
      ($request_in and ($hidden or $bypass)) or ($address and $hidden)))
}

// ---- Tunnels and proxies ------------------------------------------------------------------------------------------

rule web_tunnel {
  meta:
    title = "Page that passes connections into the inner network"
    severity = "critical"
    author = "kulla"
  strings:
    $open = /<\?php/ nocase
    $socket = /\b(p?fsockopen|stream_socket_client|socket_create)\s?\(/ nocase
    $session = /\b(session_start|session_write_close)\s?\(/ nocase
    $target = /(_SERVER\[["']HTTP_X_|\bapache_request_headers\s?\(|\bgetallheaders\s?\(|php:\/\/input)/ nocase
    $buffer = /\$_SESSION\s?\[[^\]\n]{1,40}\]\s?(\.=|=\s?["']["'];|=\s?(true|false);)/ nocase
    $endless = /\bset_time_limit\s?\(\s?0\s?\)/ nocase
    $loop = /while\s?\(\s?(@?\$_SESSION\[|@?\$\w{1,20}\s?=\s?@?\$_SESSION)/ nocase
    $nonblocking = /\b(stream_set_blocking|socket_set_nonblock)\s?\(/ nocase
    $tag = "<%"
    $channel = /\bSocketChannel\s?\.\s?open\s?\(/
    $java_socket = /new\s(java\.net\.)?(Socket|InetSocketAddress)\s?\(/
    $request = /\brequest\s?\.\s?get(Header|InputStream|Parameter|Reader)\b/
    $kept = /(session|application)\s?\.\s?setAttribute\s?\(/
    $blocking = /configureBlocking\s?\(\s?false/
    $write = /\.\s?(write|getOutputStream)\s?\(/
    $page = /<%@\s{0,4}(Page|WebHandler|WebService)\b/ nocase
    $net_socket = /new\s(System\.Net\.Sockets\.)?(Socket|TcpClient)\s?\(/
    $net_request = /\bRequest\s?\.\s?(Headers|InputStream|QueryString|BinaryRead|GetBufferlessInputStream)\b/
    $net_kept = /\b(Session|Application)\s?(\.\s?Add\s?\(|\[[^\]\n]{1,40}\]\s?=|\.\s?Contents)/
    $receive = /\.\s?(Receive|Available|Blocking|GetStream)\b/
    $send = /\.\s?(Send|Write|BinaryWrite)\s?\(/
  condition:
    (filesize < 60KB and $open and $socket and $session and $target and $buffer and
     2 of ($endless, $loop, $nonblocking)) or
    (filesize < 100KB and $tag and ($channel or $java_socket) and $request and $kept and $write and
     ($blocking or $channel)) or
    (filesize < 100KB and $page and $net_socket and $net_request and $net_kept and $receive and $send)
}

rule tunnel_program {
  meta:
    title = "Program that opens tunnels through a firewall"
    severity = "medium"
    author = "kulla"
  strings:
    // Paths of modules, which the Go compiler writes into every program.
    $go_chisel = "github.com/jpillora/chisel"
    $go_ligolo = "github.com/nicocha30/ligolo-ng"
    $go_frp = "github.com/fatedier/frp"
    $go_nps = "ehang.io/nps"
    $go_gost = "github.com/ginuerzh/gost"
    $go_gost3 = "github.com/go-gost/"
    $go_iox = "iox/operate"
    $go_rsocks = "github.com/armon/go-socks5"
    $go_yamux = "github.com/hashicorp/yamux"
    $go_cloudflared = "github.com/cloudflare/cloudflared/"
    $go_ngrok = "golang.ngrok.com/ngrok"
    $rust_rathole = "rathole::"
    $rust_bore = "bore_cli::"
    $ptunnel = "Ping proxy, version"
    $iodine = "iodine IP over DNS"
    $dnscat = "dnscat2"
  condition:
    (uint32be(0) == 0x7f454c46 or uint16(0) == 0x5a4d) and filesize < 80MB and
    (any of ($go_chisel, $go_ligolo, $go_frp, $go_nps, $go_gost, $go_gost3, $go_iox, $go_cloudflared, $go_ngrok) or
     ($go_rsocks and $go_yamux) or any of ($rust*, $ptunnel, $iodine, $dnscat))
}

rule tunnel_settings {
  meta:
    title = "Settings or script of a tunnel that makes an inner service reachable from another machine"
    severity = "high"
    author = "kulla"
  strings:
    $server_ini = /\n\s{0,8}server_addr\s{0,4}=\s{0,4}["']?[\w.:-]{3,80}/
    $server_ini_first = /^\s{0,8}(\[common\]\s{1,4})server_addr\s{0,4}=/
    $remote_ini = /\n\s{0,8}remote_port\s{0,4}=\s{0,4}\d{1,5}/
    $server_toml = /(^|\n)\s{0,8}serverAddr\s{0,4}=\s{0,4}"[^"\n]{3,80}"/
    $proxy_toml = /\n\s{0,8}\[\[proxies\]\]/
    $remote_toml = /\n\s{0,8}remotePort\s{0,4}=\s{0,4}\d{1,5}/
    $plugin = /\n\s{0,8}(plugin|type)\s{0,4}=\s{0,4}"?(socks5|http_proxy)/
    $client_rathole = /(^|\n)\[client\]\s{1,4}[^\[]{0,300}remote_addr\s?=/
    $service_rathole = /\n\[client\.services\.\w{1,40}\]/
    $ngrok = /(^|\n)authtoken:\s?\w{20,60}\s/
    $ngrok_tunnels = /\ntunnels:\s{1,4}\w{1,40}:/
    $reverse = /\b(auto)?ssh\s[^\n]{0,160}\s-[a-zA-Z]{0,6}R\s?["']?[\w.*:\[\]]{0,40}\d{2,5}(:[\w.-]{1,60}:\d{1,5})?\s[^\n]{0,160}@/
    $unchecked = /StrictHostKeyChecking[= ]["']?(no|off)\b/ nocase
    $page = /^\s{0,9}<(html|!DOCTYPE|\?xml)/ nocase
  condition:
    (filesize < 20KB and
     ((($server_ini or $server_ini_first) and $remote_ini) or ($server_toml and $proxy_toml and ($remote_toml or $plugin)) or
      ($client_rathole and $service_rathole) or ($ngrok and $ngrok_tunnels))) or
    (filesize < 50KB and not $page and uint32be(0) != 0x7f454c46 and $reverse and $unchecked)
}

// ---- Implants -----------------------------------------------------------------------------------------------------

rule implant {
  meta:
    title = "Program for remote control, or made to be loaded from memory past the system's loader"
    severity = "critical"
    author = "kulla"
  strings:
    $go_sliver = "github.com/bishopfox/sliver/"
    $go_sliver_messages = "sliverpb."
    $go_merlin = "github.com/Ne0nd0g/merlin"
    $go_poseidon = "poseidon/Payload_Type"
    $go_hershell = "github.com/lesnuages/hershell"
    $stage_table = "stdapi_fs_"
    $stage_channel = "core_channel_open"
    $stage_migrate = "core_migrate"
    $stage_transport = "core_transport_"
    $reflective = "ReflectiveLoader"
    $beacon_pipe = "\\\\.\\pipe\\msagent_" ascii wide
    $beacon_format = "%s (admin)"
    $beacon_key = "%%IMPORT%%"
    $export = /_?ReflectiveLoader(@4)?\x00/
    $allocate = "VirtualAlloc" fullword
    $protect = "VirtualProtect" fullword
    $flush = "NtFlushInstructionCache"
  condition:
    ((uint32be(0) == 0x7f454c46 or uint16(0) == 0x5a4d or uint32be(0) == 0xcffaedfe) and filesize < 60MB and
     (any of ($go*) or 2 of ($stage*) or
      ($reflective and any of ($stage*, $beacon*)) or 2 of ($beacon*))) or
    (uint16(0) == 0x5a4d and filesize < 20MB and $export and ($allocate or $protect or $flush))
}

rule tiny_elf_stage {
  meta:
    title = "Tiny program whose only part can be written and run: the first stage of an implant"
    severity = "high"
    author = "kulla"
  condition:
    // One program header (e_phnum at 0x38 or 0x2c) with the flags read, write and execute; no section headers.
    uint32be(0) == 0x7f454c46 and filesize < 4KB and
    ((uint8(4) == 2 and uint16(56) == 1 and uint16(60) == 0 and uint32(68) == 7) or
     (uint8(4) == 1 and uint16(44) == 1 and uint16(48) == 0 and uint32(76) == 7))
}
