/*
 * Persistence: how an intruder makes sure to come back. Keys, timers, services, hooks, rootkits, opened doors.
 */

// ---- Rootkits and hooks in programs -------------------------------------------------------------------------------

rule library_hides_files {
  meta:
    title = "Library that stands between programs and the system to hide files or connections"
    severity = "critical"
    author = "kulla"
  strings:
    $next = "dlsym" fullword
    $list = /\breaddir(64)?(_r)?\x00/
    $open = /\b(fopen(64)?|open(64)?|openat|__xstat(64)?|__lxstat(64)?|lstat(64)?|access|opendir)\x00/
    $preload = "/etc/ld.so.preload"
    $connections = /\/proc\/(self\/|%s\/)?net\/(tcp|udp)/
    $process = /\/proc\/(self\/fd\/%d|%s\/(stat|cmdline|comm|status)|%d\/(cmdline|comm|status))\x00/
    $shell = /\x00(\/bin\/(ba|da|z)?sh|HISTFILE=\/dev\/null|pam_authenticate|accept)\x00/
    $loader = "GLIBC_PRIVATE"
  condition:
    uint32be(0) == 0x7f454c46 and uint16(16) == 3 and filesize < 1MB and $next and $list and $open and not $loader and
    (($preload and ($process or $connections or $shell)) or ($connections and $process and $shell))
}

rule kernel_module_hides {
  meta:
    title = "Kernel module that redirects system calls to hide files, processes or connections"
    severity = "critical"
    author = "kulla"
  strings:
    $module = ".modinfo"
    $table = "sys_call_table"
    $lookup = "kallsyms_lookup_name"
    $probe = "register_kprobe"
    $trace = "ftrace_set_filter_ip"
    $trace_register = "register_ftrace_function"
    $list = /\b(__x64_|__ia32_|x64_|hook_|hooked_|hacked_|orig_|new_)?(sys_)?getdents(64)?\b/
    $connections = /\b(tcp4|tcp6|udp4|udp6)_seq_show\b/
    $kill = /\b(__x64_|hook_|hooked_|hacked_|orig_)(sys_)?kill\b/
    $root = "prepare_creds"
    $commit = "commit_creds"
    $unlink = /\b(hide_me|hide_module|module_hide|hide_self|hide_proc|hide_pid|hide_file|is_invisible)\b/
  condition:
    uint32be(0) == 0x7f454c46 and uint16(16) == 1 and filesize < 3MB and $module and
    ($table or $lookup or $probe or $trace or $trace_register) and
    (($list and ($connections or $kill or $unlink or $commit)) or ($connections and ($unlink or $commit)) or
     ($commit and $root and ($kill or $unlink)))
}

rule login_module_keeps_passwords {
  meta:
    title = "Login module (PAM) that writes down passwords"
    severity = "critical"
    author = "kulla"
  strings:
    $module = "pam_sm_authenticate"
    $format = /\b(user|usr|login|name|account)[^\n\x00%]{0,14}%s[^\n\x00]{0,24}pass[a-z]{0,5}[^\n\x00%]{0,6}%s/ nocase
    $pair = /\x00%s\s{0,2}[:|,;]\s{0,2}%s\n?\x00/
    $place = /\x00\/(tmp|var\/tmp|dev\/shm|var\/log\/\.|usr\/(share|lib|include|bin)\/[^\x00]{0,40}\.|etc\/\.)[^\x00]{1,60}\x00/
    $web = /\b(curl_easy_perform|http:\/\/[^\x00]{4,80}%s)/
    $password = /\b(pam_get_authtok|pam_get_item)\b/
  condition:
    uint32be(0) == 0x7f454c46 and uint16(16) == 3 and filesize < 500KB and $module and
    ($format or ($pair and $place and $password) or ($web and $password and $pair))
}

rule login_settings_opened {
  meta:
    title = "Login settings (PAM, SSH) that accept everyone, give passwords away or look in odd places"
    severity = "high"
    author = "kulla"
  strings:
    $permit = /(^|\n)auth\s{1,20}(sufficient|\[success=(done|ok)[^\]\n]{0,60}\])\s{1,20}(\/[\w\/.-]{4,60}\/)?pam_permit\.so/
    $hands_over = /(^|\n)auth\s{1,20}(optional|sufficient|required)\s{1,20}pam_exec\.so\s[^\n]{0,60}\bexpose_authtok\b[^\n]{0,20}\s\//
    $odd_module = /(^|\n)-?(auth|account|password|session)\s{1,20}\w{6,10}\s{1,20}\/(tmp|dev\/shm|var\/tmp|home|var\/www)\//
    $edited = /\b(sed|echo|printf)\s[^\n]{0,120}auth\s{1,8}sufficient\s{1,8}[^\s\n]{0,60}pam_permit\.so[^\n]{0,60}\/etc\/pam\.d\//
    $keys = /(^|\n)\s{0,8}AuthorizedKeysFile\s{1,8}[^\n#]{0,80}\/(tmp|dev\/shm|var\/tmp|var\/www|usr\/share|usr\/lib|var\/lib)\//i
    $command = /(^|\n)\s{0,8}AuthorizedKeysCommand\s{1,8}["']?\/(tmp|dev\/shm|var\/tmp|var\/www|home|bin\/(ba)?sh)/i
    $force = /(^|\n)\s{0,8}ForceCommand\s{1,8}["']?\/(tmp|dev\/shm|var\/tmp)\//i
    $environment = /(^|\n)\s{0,8}SetEnv\s{1,8}[^\n]{0,60}LD_PRELOAD=/i
    $empty = /(^|\n)\s{0,8}PermitEmptyPasswords\s{1,8}yes/i
    $root = /(^|\n)\s{0,8}PermitRootLogin\s{1,8}yes/i
    $key_options = /(^|\n)(no-[\w-]{4,20},)?command="[^"\n]{0,99}(curl|wget|\/dev\/tcp|base64|nohup)[^"\n]{0,200}"[^\n]{0,80}\sssh-/
  condition:
    (filesize < 50KB and ($permit or $hands_over or $odd_module or $edited)) or
    (filesize < 100KB and ($keys or $command or $force or $environment or ($empty and $root) or $key_options))
}

// ---- Keys, timers, services ---------------------------------------------------------------------------------------

rule script_plants_ssh_key {
  meta:
    title = "Script that plants a key for SSH"
    severity = "high"
    author = "kulla"
  strings:
    $key_then_file = /\b(echo|printf)\s[^\n]{0,20}(ssh-\w{3,7}|ecdsa-sha2-\w{8})\sAAAA[^\n]{20,900}>{1,2}\s?[^\s\n]{0,60}authorized_keys/
    $key = /["'](ssh-(rsa|ed25519|dss)|ecdsa-sha2-nistp\d{3})\sAAAA[A-Za-z0-9+\/]{40}/
    $kept = /\b\w{2,20}=["']?(ssh-(rsa|ed25519|dss))\sAAAA[A-Za-z0-9+\/]{40}/
    $write = />{1,2}\s?["']?[^\s\n"']{0,60}\.ssh\/authorized_keys/
    $call = /(file_put_contents|fopen|open|writeFileSync|appendFileSync)\s?\([^\n]{0,60}\.ssh\/authorized_keys/
    $locked = /\bchattr\s\+[ia]{1,2}\s[^\n]{0,60}authorized_keys/
  condition:
    filesize < 500KB and uint32be(0) != 0x7f454c46 and
    ($key_then_file or (($key or $kept) and ($write or $call)) or ($locked and $write))
}

rule timer_fetches_and_runs {
  meta:
    title = "Timer (cron) that fetches text from another machine and runs it"
    severity = "high"
    author = "kulla"
  strings:
    $line = /[*\d]\s{1,4}[^\s]{1,9}\s{1,4}\*\s{1,4}\*\s{1,4}[*\d]\s[^\n]{0,60}(curl|wget)\s[^\n]{4,200}\|\s?(ba|da|z)?sh\b/
    $named = /@(reboot|hourly|daily|weekly)\s[^\n]{0,60}(curl|wget)\s[^\n]{4,200}\|\s?(\/bin\/)?(ba|da|z)?sh\b/
    $saved = /\*\s{1,4}\*\s{1,4}[*\d]\s[^\n]{0,60}(curl|wget)\s[^\n]{4,200}(&&|;)\s?(chmod\s[^\n]{1,60}(&&|;)\s?)?(ba)?sh\s/
    $shell = /\*\s{1,4}\*\s{1,4}[*\d]\s[^\n]{0,60}(\/dev\/tcp\/|base64\s(-d|--decode)\s?\|\s?(ba)?sh|python3?\s-c\s[^\n]{0,30}socket)/
    $hidden = /\*\s{1,4}\*\s{1,4}[*\d]\s(root\s{1,4}|www-data\s{1,4})?[^\n]{0,20}\/(tmp|dev\/shm|var\/tmp)\/\.[^\s\/]{1,40}/
    $page = /^\s{0,9}<(html|!DOCTYPE|\?xml)/ nocase
  condition:
    filesize < 200KB and not $page and uint32be(0) != 0x7f454c46 and any of ($line, $named, $saved, $shell, $hidden)
}

rule started_from_odd_place {
  meta:
    title = "Service, hook or library that the system starts from a temporary or hidden place, or fetches"
    severity = "high"
    author = "kulla"
  strings:
    $service = "[Service]"
    $temporary = /\nExec(Start|StartPre|StartPost|Stop|Reload)=[@+!:-]{0,3}["']?\/(tmp|dev\/shm|var\/tmp|run\/user|var\/www)\//
    $hidden = /\nExec(Start|StartPre|StartPost)=[@+!:-]{0,3}["']?\/[^\s]{0,80}\/\.[^\s\/.][^\s]{0,80}/
    $fetch = /\nExecStart(Pre|Post)?=[^\n]{0,40}sh\s-c\s[^\n]{0,60}(curl|wget)\s[^\n]{4,200}(\||&&|;)\s?(\/bin\/)?(ba|da)?(sh|chmod)\b/
    $connect = /\nExec(Start|StartPre|StartPost)=[^\n]{0,120}(\/dev\/tcp\/|\bbase64\s(-d|--decode)|\b(nc|ncat)\s[^\n]{0,40}\s-e\s)/
    $preload = /\nEnvironment=["']?LD_PRELOAD=["']?\/(tmp|dev\/shm|var\/tmp|home)\//
    $device = /\bRUN\+?="[^"\n]{0,120}(\bcurl\s|\bwget\s|\/dev\/tcp\/|\bncat?\s|\/tmp\/|\/dev\/shm\/|base64\s)/
    $packages = /\b(APT::Update::|DPkg::)(Pre|Post)-Invoke[^\n]{0,40}\{[^}]{0,200}(curl\s|wget\s|\/dev\/tcp\/|nohup\s|base64\s|\/tmp\/)/
    $trigger = /\b(PROMPT_COMMAND|BASH_ENV)=["'][^"'\n]{0,120}(\bcurl\s|\bwget\s|\/dev\/tcp\/|base64\s|\/tmp\/\.|\/dev\/shm\/)/
    $trap = /\btrap\s["'][^"'\n]{0,120}(\/dev\/tcp\/|\bncat?\s[^"'\n]{0,60}-e)/
    $git = /\b(fsmonitor|hooksPath|sshCommand)\s?=\s?["']?[^\n]{0,80}(\bcurl\s|\/dev\/tcp\/|\/tmp\/\.)/
    $written = /\/(tmp|dev\/shm|var\/tmp|var\/www)\/[^\s"']{1,80}["']?\s{0,3}>{1,2}\s{0,3}["']?\/etc\/ld\.so\.preload/
    $exported = /(^|\n)\s{0,8}(export\s{1,3}|(Default)?Environment=["']?)LD_PRELOAD=["']?\/(tmp|dev\/shm|var\/tmp|var\/www)\//
    $any_written = /\becho\s{1,3}["']?\/[^\s"']{3,120}\.so[^\s"']{0,12}["']?\s{0,3}>{1,2}\s{0,3}["']?\/etc\/ld\.so\.preload/
    $bare = /^\/(tmp|dev\/shm|var\/tmp|var\/www|home\/[^\/\s]{1,32}|run)\/[^\s]{1,120}\.so[^\s]{0,12}\s{0,3}/
  condition:
    (filesize < 30KB and $service and ($temporary or $hidden or $fetch or $connect or $preload)) or
    (filesize < 50KB and ($device or $packages or $trigger or $trap or $git)) or
    ((filesize < 200KB and ($written or $exported or $any_written)) or (filesize < 200 and $bare))
}

// ---- Rights -------------------------------------------------------------------------------------------------------

rule script_gives_root {
  meta:
    title = "Script or setting that gives a shell, an interpreter or a service the rights of root"
    severity = "high"
    author = "kulla"
  strings:
    $bit = /\bchmod\s{1,3}([ugoa]{0,3}\+[rwx]{0,3}s|0?[46][0-7]{3})\s{1,3}["']?(\/usr)?\/bin\/(ba|da|z|k)?sh\b/
    $copy = /\bcp\s{1,3}(-[a-z]{1,3}\s)?(\/usr)?\/bin\/(ba|da|z|k)?sh\s{1,3}["']?\/[^\s;&|]{1,80}["']?\s{0,3}(;|&&|\n)[^\n]{0,80}chmod\s/
    $chmod = /\bchmod\s{1,3}([ugoa]{0,3}\+[rwx]{0,3}s|0?[46][0-7]{3})\s{1,3}["']?\/(tmp|var\/tmp|dev\/shm|home|var\/www|opt)\//
    $owner = /\bchown\s{1,3}root(:root)?\s{1,3}["']?\/(tmp|var\/tmp|dev\/shm|home|var\/www)\//
    $c_setuid = /\bset(res)?[ug]id\s?\(\s?0\s?[,)]/
    $c_shell = /\b(system|execl|execve|execv|execlp)\s?\(\s?"(\/bin\/)?(ba)?sh\b/
    $c_compile = /\b(gcc|cc|tcc|clang)\s[^\n]{1,80}-o\s?\/(tmp|var\/tmp|dev\/shm|usr|bin)\//
    $page = /^\s{0,9}<(html|!DOCTYPE|\?xml)/ nocase
    $set = /\bsetcap\s[^\n]{0,20}cap_(setuid|setgid|sys_admin|dac_override|dac_read_search|sys_ptrace|sys_module|chown|fowner)\b/
    $target = /\bsetcap\s[^\n]{4,80}\/(python[\d.]{0,4}|perl[\d.]{0,4}|ruby|php[\d.]{0,4}|node|bash|dash|sh|vim?|tar|gdb|find|cp)\b/
    $odd = /\bsetcap\s[^\n]{4,80}\s["']?\/(tmp|var\/tmp|dev\/shm|home|var\/www)\//
    $sudo_web = /\b(www-data|apache|nginx|httpd|tomcat\d{0,2})\s{1,8}ALL\s?=\s?\([^)\n]{3,12}\)\s{0,3}NOPASSWD:\s{0,3}(ALL|\/bin\/(ba)?sh)/
    $sudo_service = /\b(nobody|daemon|mysql|redis|postgres)\s{1,8}ALL\s?=\s?\([^)\n]{3,12}\)\s{0,3}NOPASSWD:\s{0,3}(ALL|\/bin\/(ba)?sh)/
    $passwd_line = /(^|["'\n])\w{1,20}:[^:\n]{0,100}:0:0:[^:\n]{0,40}:[^:\n]{1,40}:[^\n"']{4,40}["']?\s{0,3}>{2}\s{0,3}\/etc\/passwd/
  condition:
    (filesize < 100KB and not $page and uint32be(0) != 0x7f454c46 and
     ($bit or ($copy and $chmod) or ($chmod and $owner) or ($c_setuid and $c_shell and ($c_compile or $chmod)))) or
    (filesize < 100KB and uint32be(0) != 0x7f454c46 and $set and ($target or $odd)) or
    (filesize < 100KB and uint32be(0) != 0x7f454c46 and ($sudo_web or $sudo_service or $passwd_line))
}
