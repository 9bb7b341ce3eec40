/*
 * Tools that intruders bring: droppers, loaders, thieves of passwords, scanners, miners.
 */

// ---- Droppers and loaders -----------------------------------------------------------------------------------------

rule script_fetches_and_runs {
  meta:
    title = "Script that fetches from a bare address, or into temporary folders, and runs it at once"
    severity = "high"
    author = "kulla"
  strings:
    $pipe = /\b(curl|wget)\s[^\n|;]{0,80}\b(https?:\/\/)?\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}[:\/][^\n|;]{0,120}\|\s?(sudo\s)?(ba|da|z)?sh\b/
    $onion = /\b(curl|wget)\s[^\n|;]{0,120}\.(onion|tor2web\.\w{2,4}|onion\.\w{2,4})\/[^\n|;]{0,120}(\||;|&&)/
    $paste = /\b(curl|wget)\s[^\n|;]{0,40}(pastebin\.com\/raw|transfer\.sh|temp\.sh|0x0\.st|paste\.ee\/r)\/[^\n|;]{0,80}\|\s?(ba|da|z)?sh\b/
    $substituted = /\b(ba|da|z)?sh\s{1,2}(-c\s{1,2}["']?\$\(|<\()\s?(curl|wget)\s[^\n|;)]{0,60}\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}[:\/]/
    $saved = /\b(curl|wget)\s[^\n;]{0,80}\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}[:\/][^\n;]{1,120}(;|&&)\s?chmod\s[^\n;]{1,60}(;|&&)/
    $local = /\b(curl|wget)\s[^\n|;]{0,80}(127\.0\.0\.1|169\.254\.169\.254|0\.0\.0\.0)/
    $page = /^\s{0,9}<(html|!DOCTYPE|\?xml)/ nocase
    $folders = /\bcd\s\/tmp\s?(\|\||;|&&)\s?cd\s\/(var\/run|var\/tmp|mnt|root|dev\/shm|run)\b/
    $fetch = /\b(wget|curl|tftp|ftpget|busybox\swget)\s[^\n;]{4,160}/
    $mode = /\bchmod\s{1,3}(777|\+x|755|0?777)\s/
    $run = /(;|&&|\n)\s{0,3}(nohup\s|sh\s|setsid\s)?\.\/[\w.$*-]{1,40}/
  condition:
    (filesize < 200KB and not $page and uint32be(0) != 0x7f454c46 and
     ($onion or $paste or (($pipe or $substituted or $saved) and not $local))) or
    (filesize < 100KB and uint32be(0) != 0x7f454c46 and $folders and $fetch and ($mode or $run))
}

rule script_unpacks_itself_and_runs {
  meta:
    title = "Script that runs text hidden in base64 or hexadecimal"
    severity = "high"
    author = "kulla"
  strings:
    $base64 = /\b(echo|printf)\s{1,3}(-n\s)?["']?[A-Za-z0-9+\/]{40,2000}={0,2}["']?\s?\|\s?base64\s{1,2}(-d|-D|--decode|-di)\s?\|/
    $here = /\bbase64\s{1,2}(-d|-D|--decode|-di)\s?<<<\s?["']?[A-Za-z0-9+\/]{40,2000}={0,2}["']?\s?\)?\s?\|\s?(sudo\s)?(ba|da|z)?sh\b/
    $run = /\|\s?base64\s{1,2}(-d|-D|--decode|-di)\s?\|\s?((gunzip|gzip\s-d|zcat|xz\s-d)\s?(-c\s?)?\|\s?)?(sudo\s)?(ba|da|z|k)?sh\b/
    $hex = /\b(echo|printf)\s{1,3}(-n\s)?["']?[0-9a-f]{60,2000}["']?\s?\|\s?xxd\s{1,2}(-r\s-p|-r\s-ps|-p\s-r)\s?\|\s?(ba|da|z)?sh\b/i
    $python = /\bexec\s?\(\s?(__import__\s?\(\s?["'](base64|zlib|marshal|codecs)["']|zlib\.decompress|base64\.b64decode|marshal\.loads)/
    $python_text = /(b64decode|decompress|loads|decode)\s?\([^\n]{0,60}["'][A-Za-z0-9+\/=\\]{120}/
    $perl = /\beval\s?\(?\s?(unpack\s?\(?\s?["']?u\b|decode_base64\s?\(|pack\s?\(?\s?["']H\*)/
  condition:
    filesize < 2MB and uint32be(0) != 0x7f454c46 and
    (($base64 and $run) or $here or $hex or ($python and $python_text) or $perl)
}

rule script_runs_from_memory {
  meta:
    title = "Script that runs a program from memory, so that no file stays"
    severity = "high"
    author = "kulla"
  strings:
    $python = /\b(libc|ctypes\.CDLL\s?\([^)\n]{0,20}\))\.(memfd_create|syscall\s?\(\s?(319|279|356))\b/
    $python_os = /\bos\.memfd_create\s?\(/
    $perl = /\bsyscall\s?\(?\s?(319|279|356)\s?,/
    $exec = /\b(os\.exec[lv]p?e?|exec|execve|fexecve)\s?[({]?\s?[^\n]{0,40}\/proc\/(self|\$\$|\$\{?\w{1,12}\}?|%d|["'.\s]{2,9})\/fd\//
    $shell = /\/proc\/(self|\$\$|\$\{?\w{1,12}\}?)\/fd\/\$?\{?\w{1,12}\}?/
    $injects = /\bdd\s[^\n]{0,80}\bof=["']?\/proc\/(self|\$\$|\$\{?\w{1,12}\}?)\/mem\b/
  condition:
    filesize < 5MB and uint32be(0) != 0x7f454c46 and
    ((($python or $python_os or $perl) and ($exec or $shell)) or $injects)
}

rule program_runs_from_memory {
  meta:
    title = "Program that can run another from memory, so that no file stays"
    severity = "medium"
    author = "kulla"
  strings:
    $create = /\bmemfd_create\b/
    $run = /\bfexecve\b/
    $path = /\/proc\/(self|%d|%ld|%i)\/fd\/%(d|i|ld|u)\x00/
    $execute = /\x00exec(ve|v|l|le)\x00/
    $network = /\x00(connect|recv|recvfrom|gethostbyname|getaddrinfo)\x00/
    $libc = "gnu_get_libc_version"
    $container = /\b(libcontainer|cgroup|lxc_|systemd|seccomp_init|flatpak|bwrap)\b/
  condition:
    uint32be(0) == 0x7f454c46 and filesize < 5MB and $create and ($run or ($path and $execute)) and $network and
    not $container and not ($libc and filesize > 1MB)
}

rule powershell_injects_code {
  meta:
    title = "PowerShell that writes machine code into memory and runs it, or turns off protection"
    severity = "critical"
    author = "kulla"
  strings:
    $allocate = /\b(VirtualAlloc(Ex)?|NtAllocateVirtualMemory)\b/ ascii wide nocase
    $thread = /\b(CreateThread|CreateRemoteThread|QueueUserAPC|RtlCreateUserThread)\b/ ascii wide nocase
    $pointer = "GetDelegateForFunctionPointer" ascii wide nocase
    $import = /\bDllImport\s?\(\s?["'`]{1,2}kernel32/ ascii wide nocase
    $bytes = /\[Byte\[\]\]\s?(\(?\s?\$?\w{0,20}\s?=?\s?)?(0x[0-9a-f]{2},|\$|\[(System\.)?Convert\]::FromBase64String)/ ascii wide nocase
    $scan_type = /\bAmsi(Utils)\b/ ascii wide nocase
    $scan_off = /amsi(InitFailed|Context|Session)/ ascii wide nocase
    $scan_buffer = /\bAmsi(Scan)Buffer\b/ ascii wide nocase
    $protect = "VirtualProtect" ascii wide nocase
  condition:
    filesize < 3MB and uint16(0) != 0x5a4d and uint32be(0) != 0x7f454c46 and
    (($allocate and ($thread or $pointer) and ($import or $pointer) and $bytes) or
     ($scan_type and $scan_off) or ($scan_buffer and $protect))
}

rule packed_program {
  meta:
    title = "Program packed with UPX, so that its content cannot be read"
    severity = "low"
    author = "kulla"
  strings:
    $mark = "UPX!"
    $info = "This file is packed with the UPX"
    $section_one = /UPX0\x00{4}/
    $section_two = /UPX1\x00{4}/
  condition:
    filesize < 100MB and
    ((uint32be(0) == 0x7f454c46 and $mark in (0..1024) and ($info or $mark in (filesize - 1024..filesize))) or
     (uint16(0) == 0x5a4d and $section_one in (0..2048) and $section_two in (0..2048)))
}

// ---- Passwords ----------------------------------------------------------------------------------------------------

rule password_thief_windows_program {
  meta:
    title = "Windows program that takes passwords out of memory"
    severity = "critical"
    author = "kulla"
  strings:
    $logon = "sekurlsa" ascii wide nocase
    $dump = "lsadump" ascii wide nocase
    $all = "logonpasswords" ascii wide nocase
    $debug = "privilege::debug" ascii wide nocase
    $digest = "wdigest" ascii wide nocase
    $tickets = "kerberos::" ascii wide nocase
    $sync = "dcsync" ascii wide nocase
    $golden = /\bgolden\s?ticket/ ascii wide nocase
    $keys = "dpapi::" ascii wide nocase
    $misc = "misc::skeleton" ascii wide nocase
    $roast = /\b(kerberoast|asreproast|asktgt|s4u|tgtdeleg)\b/ ascii wide nocase
    $login_dump = /\b(MiniDumpWriteDump|PssCaptureSnapshot|PssNtCaptureSnapshot)\b/ ascii wide
    $service = /\blsass(\.exe)?\b/ ascii wide nocase
    $privilege = "SeDebugPrivilege" ascii wide
    $open = /\b(OpenProcess|NtOpenProcess|NtGetNextProcess)\b/
  condition:
    (uint16(0) == 0x5a4d and filesize < 20MB and
     (3 of ($logon, $dump, $all, $debug, $digest, $tickets, $sync, $golden, $keys, $misc) or #roast > 4)) or
    (uint16(0) == 0x5a4d and filesize < 10MB and $login_dump and $service and ($privilege or $open))
}

rule commands_that_steal_logins {
  meta:
    title = "Script with commands that copy the passwords of Windows"
    severity = "high"
    author = "kulla"
  strings:
    $minidump = /comsvcs(\.dll)?["']?[\s,]{1,3}["']?#?(\+?0{0,6}24|MiniDump)\b/ ascii wide nocase
    $procdump = /procdump(64)?(\.exe)?["']?\s[^\n]{0,40}-(ma|mp)\s[^\n]{0,20}lsass/ ascii wide nocase
    $registry = /\breg(\.exe)?["']?\s{1,3}save\s{1,3}["']?(hklm|HKEY_LOCAL_MACHINE)\\(sam|security|system)\b/ ascii wide nocase
    $directory = /ntdsutil(\.exe)?["']?\s[^\n]{0,80}\b(ifm|create\s{1,3}full)\b/ ascii wide nocase
    $copy = /\b(copy|esentutl|type)\b[^\n]{0,80}HarddiskVolumeShadowCopy\d{1,3}\\[^\n]{0,60}(ntds\.dit|config\\sam)/ ascii wide nocase
    $module = /\b(sekurlsa|lsadump)::(logonpasswords|minidump|sam|secrets|dcsync|lsa|cache|ekeys|pth)\b/ ascii wide nocase
    $loud = /privilege::debug/ ascii wide nocase
    $switch = /UseLogonCredential\b[^\n]{0,60}(\/d\s{1,3}1|-Value\s{1,3}1|dword:0{7}1)/ ascii wide nocase
  condition:
    filesize < 5MB and uint16(0) != 0x5a4d and uint32be(0) != 0x7f454c46 and
    ($minidump or $procdump or #registry > 1 or $directory or $copy or $switch or ($module and $loud))
}

rule remote_windows_tool {
  meta:
    title = "Python program that runs commands or takes passwords on other Windows machines"
    severity = "high"
    author = "kulla"
  strings:
    $library = /(^|\n)\s{0,12}from\simpacket(\.\w{2,30}){0,4}\simport\s/
    $services = /\b(scmr\.|hRCreateServiceW|hRStartServiceW|hROpenSCManagerW)/
    $replicate = /\b(drsuapi\.|DRSGetNCChanges|hDRSGetNCChanges|NTDSHashes|SAMHashes|LSASecrets|RemoteOperations)\b/
    $tasks = /\b(tsch\.|hSchRpcRegisterTask|hSchRpcRun)\b/
    $objects = /\b(Win32_Process|DCOMConnection|IWbemLevel1Login)\b/
    $shares = /\b(ADMIN\$|C\$\\\\|__output)\b/
    $relay = /\b(ntlmrelayx|NTLMRelayxConfig|SMBRelayServer)\b/
    $tickets = /\b(getKerberosTGT|getKerberosTGS|KRB_AP_REQ|sendReceive)\b/
  condition:
    filesize < 500KB and $library and ($services or $replicate or $tasks or $objects or $relay or ($tickets and $shares))
}

// ---- Searching and spreading --------------------------------------------------------------------------------------

// ---- Use of the machine -------------------------------------------------------------------------------------------

rule miner {
  meta:
    title = "Program, settings or script that mines a crypto currency"
    severity = "high"
    author = "kulla"
  strings:
    $pool = /stratum\+(tcp|ssl|tls|udp):\/\//
    $pool_plain = /\bdaemon\+https?:\/\//
    $algorithm = /\b(randomx|cryptonight|kawpow|ethash|argon2\/chukwa|rx\/0|cn\/r|astrobwt|ghostrider)\b/ nocase
    $donate = "donate-level"
    $threads = /\b(cpu-priority|max-cpu-usage|randomx-1gb-pages|huge-pages|hashrate)\b/
    $submit = /"?method"?:\s?"(mining\.submit|mining\.subscribe|submit|login)"/
    $settings_pool = /\bstratum\+?(tcp|ssl|tls|udp)?:\/\/[\w.-]{4,80}:\d{2,5}/
    $pools = /"pools"\s?:\s?\[/
    $user = /"user"\s?:\s?"/
    $settings_donate = /"?(--)?donate-level"?/
    $settings_algorithm = /"(algo|coin)"\s?:\s?(null|"(rx|cn|kawpow|monero|randomx|argon2)[^"\n]{0,20}")/
    $random = /"(randomx|cpu|opencl|cuda)"\s?:\s?[{t]/
    $command = /\s(-o|--url)[= ]["']?(stratum\+)?[\w.:\/-]{4,80}:\d{2,5}["']?\s[^\n]{0,60}(-u|--user)[= ]/
    $options = /\s(--coin|--algo|-a|--donate-level|--cpu-max-threads-hint|--nicehash|--randomx-[\w-]{3,20})\b/
    $page = /^\s{0,9}<(html|!DOCTYPE|\?xml)/ nocase
  condition:
    ((uint32be(0) == 0x7f454c46 or uint16(0) == 0x5a4d) and filesize < 50MB and
     (($pool and ($algorithm or $donate or $submit)) or ($donate and $algorithm and $threads) or
      ($pool_plain and $algorithm))) or
    (filesize < 200KB and not $page and uint32be(0) != 0x7f454c46 and uint16(0) != 0x5a4d and
     (($pools and $user and $settings_donate and ($settings_algorithm or $random)) or ($settings_pool and ($command or $options)) or
      ($command and $settings_donate)))
}
