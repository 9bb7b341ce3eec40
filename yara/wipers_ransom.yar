/*
 * Wipers and ransom: notes, programs that encrypt, and programs and scripts that destroy disks, backups and traces.
 */

// ---- Ransom -------------------------------------------------------------------------------------------------------

rule ransom_note {
  meta:
    title = "Ransom note, in English or Albanian"
    severity = "critical"
    author = "kulla"
  strings:
    $what_files = /\byour\s([\w,]{3,20}\s){0,4}(files|documents|data|databases|backups|servers|network|systems)\b/ ascii wide nocase
    $what_company = /\byour\s(company|organi[sz]ation|government|ministry|network|infrastructure)\b/ ascii wide nocase
    $encrypted = /\b(have|has|had|are|were|was|is)\s(\w{2,12}\s){0,2}(encrypted|locked|crypted)\b/ ascii wide nocase
    $key = /\b(decrypt(ion|or)?|private|recovery|unique)\s(key|tool|software|program|id)\b/ ascii wide nocase
    $decryptor = /\b(decryptor|decrypter)\b/ ascii wide nocase
    $stolen = /\b(stolen|exfiltrated|downloaded|copied)\b[^.\n]{0,60}\b(data|files|documents|information)\b/ ascii wide nocase
    $publish = /\b(will|to)\s(be\s)?(publish(ed)?|leak(ed)?|sold|sell)\b/ ascii wide nocase
    $rename = /\b(do\snot|don'?t|never)\s(try\sto\s)?(rename|modify|move|delete|decrypt|recover|restore)\b/ ascii wide nocase
    $third = /\b(third[ -]party|recovery\s(company|companies|software)|data\srecovery)\b/ ascii wide nocase
    $police = /\b(do\snot|don'?t)\s(contact|call|go\sto)\s(the\s)?(police|fbi|authorities|law)\b/ ascii wide nocase
    $onion = /\b[a-z2-7]{16,56}\.onion\b/ ascii wide nocase
    $browser = /\btor\s?browser\b/ ascii wide nocase
    $coin = /\b(bitcoins?|btc|monero|xmr)\b/ ascii wide nocase
    $mail = /@(proton(mail)?\.(me|com|ch)|tuta(nota)?\.(com|io|de)|onionmail\.org|cock\.li|airmail\.cc|mail2tor\.com)/ ascii wide nocase
    $chat = /\b(qtox|tox\s?(id|chat)|session\sid|telegram|jabber|xmpp)\b/ ascii wide nocase
    $pay = /\b(pay(ment)?|ransom|price|amount)\b/ ascii wide nocase
    $what = /\b(skedar[^\s]{1,5}t|t[^\s]{1,2}\sdh[^\s]{1,2}nat|dokumentet|serverat|rrjeti|sistemet)\s(tuaj|tuaja|juaj)/ ascii wide nocase
    $sq_encrypted = /\b(enkriptuar|kriptuar|koduar|bllokuar)\b/ ascii wide nocase
    $sq_stolen = /\b(vjedhur|shkarkuar|kopjuar)\b/ ascii wide nocase
    $sq_publish = /\b(publikohen|publikojm|publikuar|shiten|shesim)/ ascii wide nocase
    $sq_key = /\b(dekript|deshifr|[^\s]{1,2}el[^\s]{1,2}si)/ ascii wide nocase
    $sq_pay = /\b(paguani|pages[^\s]{1,3}n?|shpërblim)/ ascii wide nocase
    $sq_coin = /\b(bitcoin|btc|monero|telegram|tor\s?browser|protonmail|tutanota|onionmail)/ ascii wide nocase
  condition:
    (filesize < 60KB and uint16(0) != 0x5a4d and uint32be(0) != 0x7f454c46 and
     ($what_files or $what_company) and ($encrypted or ($stolen and $publish)) and ($key or $decryptor or $publish) and
     ($onion or $browser or $coin or $mail or $chat) and ($rename or $police or $decryptor or $onion or $mail) and
     3 of ($stolen, $publish, $rename, $third, $police, $onion, $mail, $decryptor, $coin, $pay, $key)) or
    (filesize < 60KB and $what and ($sq_encrypted or $sq_stolen) and ($sq_key or $sq_publish or $sq_pay) and ($onion or $sq_coin))
}

rule ransom_program {
  meta:
    title = "Program that carries a ransom note"
    severity = "critical"
    author = "kulla"
  strings:
    $files = /\byour\s([\w,]{3,20}\s){0,4}(files|data|network|servers)\s(have|has|are|were)\s(\w{2,12}\s){0,2}encrypted/ ascii wide nocase
    $rename = /\b(do\snot|don'?t)\s(try\sto\s)?(rename|modify|decrypt)\b/ ascii wide nocase
    $decryptor = /\b(decryptor|decrypter|decryption\s(key|tool|software))\b/ ascii wide nocase
    $onion = /\b[a-z2-7]{16,56}\.onion\b/ ascii wide nocase
    $browser = /\btor\s?browser\b/ ascii wide nocase
    $coin = /\b(bitcoins?|monero)\b/ ascii wide nocase
    $mail = /@(proton(mail)?\.(me|com|ch)|tuta(nota)?\.(com|io|de)|onionmail\.org|cock\.li)/ ascii wide nocase
  condition:
    (uint32be(0) == 0x7f454c46 or uint16(0) == 0x5a4d) and filesize < 30MB and $files and
    2 of ($rename, $decryptor, $onion, $browser, $coin, $mail)
}

rule mass_encryption_script {
  meta:
    title = "Script or program that encrypts files, disks or virtual machines one after another"
    severity = "high"
    author = "kulla"
  strings:
    $shell_find = /\bfind\s[^\n]{1,200}(-exec|xargs|while\sread)[^\n]{0,200}(openssl\senc|gpg\s[^\n]{0,60}(-c|--symmetric|-e))\b/
    $shell_loop = /\bfor\s\w{1,20}\sin\s[^\n]{1,120}(\n[^\n]{0,200}){0,3}(openssl\senc\s|gpg\s[^\n]{0,40}(-c|--symmetric)\b)/
    $shell_delete = /\b(shred|rm|unlink|srm)\s[^\n]{0,40}(-[rfuzn]{1,4}\s)?["']?(\$|\{\})/
    $locks_disk = /\bmanage-bde(\.exe)?\s[^\n]{0,60}-on\b[^\n]{0,120}/ ascii wide nocase
    $locks_protector = /(\bmanage-bde(\.exe)?\s[^\n]{0,60}-protectors\s[^\n]{0,40}-delete|Remove-BitLockerKeyProtector)/ ascii wide nocase
    $locks_enable = /\bEnable-BitLocker\b[^\n]{0,160}-(Password|RecoveryPassword)/ ascii wide nocase
    $locks_end = /\b(shutdown(\.exe)?\s[^\n]{0,12}[\/-][rs]\b|Restart-Computer|Stop-Computer|manage-bde[^\n]{0,40}-lock)/ ascii wide nocase
    $page = /^\s{0,9}<(html|!DOCTYPE|\?xml)/ nocase
    $kill = /\besxcli\s(--formatter=\w{3,12}\s)?vm\sprocess\s(kill|list)/
    $off = /\bvim-cmd\svmsvc\/(power\.(off|shutdown)|snapshot\.removeall)/
    $disk = ".vmdk"
    $swap = ".vswp"
    $encrypt = /\b(encrypt|crypt|chacha|salsa|sosemanuk|curve25519|openssl\senc)/ nocase
    $delete = /\b(shred|rm\s-rf|dd\sif=\/dev\/(zero|urandom))\s?[^\n]{0,80}(\.vmdk|vmfs)/
    $volumes = "/vmfs/volumes"
  condition:
    (filesize < 200KB and not $page and uint32be(0) != 0x7f454c46 and uint16(0) != 0x5a4d and
     ((($shell_find or $shell_loop) and $shell_delete) or (($locks_disk or $locks_enable) and $locks_protector and $locks_end))) or
    (filesize < 20MB and ($kill or $off) and ($disk or $swap or $volumes) and ($encrypt or $delete))
}

// ---- Destroying disks ---------------------------------------------------------------------------------------------

rule wipes_by_script {
  meta:
    title = "Script that overwrites disks, or deletes sites, databases, backups and logs"
    severity = "high"
    author = "kulla"
  strings:
    $script = /^#!\s?\/(usr\/)?bin\/(env\s)?(ba|da|z|k|a)?sh/
    $copy = /\bdd\s[^\n]{0,40}\bif=["']?\/dev\/(zero|u?random)\b[^\n]{0,80}\bof=["']?\/dev\/(sd[a-z*$]|hd[a-z]|vd[a-z]|nvme|mapper)/
    $copy_loop = /\bdd\s[^\n]{0,40}\bif=["']?\/dev\/(zero|u?random)\b[^\n]{0,80}\bof=["']?(\/dev\/)?\$\{?(disk|dev|device|drive|d|i|x)\b/
    $disks = /\b(for\s\w{1,20}\sin\s[^\n]{0,60}(\/dev\/(sd|hd|vd|nvme|disk)|lsblk|fdisk\s-l)|while\sread[^\n]{0,80}lsblk)/
    $stream = /\b(cat|yes)\s[^\n|]{0,30}(\/dev\/(zero|u?random))?\s?>\s?\/dev\/(sd[a-z*]|hd[a-z]|vd[a-z]|nvme\d)/
    $shred = /\bshred\s[^\n]{0,60}\/dev\/(sd[a-z*$]|hd[a-z]|vd[a-z]|xvd|nvme|mapper)/
    $discard = /\b(blkdiscard|wipefs)\s[^\n]{0,30}(-f|-a|-af|--force|--all)\s[^\n]{0,30}(\/dev\/(sd[a-z*$]|vd[a-z]|nvme)|\$)/
    $root = /\brm\s{1,3}-[rfv]{1,4}\s[^\n]{0,40}--no-preserve-root\s[^\n]{0,20}\/(\s|\*|$)/
    $root_first = /\brm\s{1,3}--no-preserve-root\s{1,3}-[rfv]{1,4}\s{1,3}\/(\s|\*)/
    $page = /^\s{0,9}<(html|!DOCTYPE|\?xml)/ nocase
    $files_shred = /\bfind\s["']?\/(\s|var|srv|home|opt|mnt|root|data|backup)[^\n]{0,120}(-exec|xargs(\s-0)?)\s[^\n]{0,20}\bshred\s/
    $shred_globs = /\bshred\s[^\n]{0,30}-[a-z]{0,3}[uz][a-z]{0,3}\s[^\n]{0,30}\/(var|srv|home|opt|mnt|root|data|backups?)\/[^\n]{0,60}\*/
    $delete_web = /\brm\s{1,3}-[rf]{2}v?\s[^\n]{0,60}\/var\/(www|lib\/(mysql|postgresql|mongodb|docker))\/?\*?(\s|;|&|\n)/
    $delete_backups = /\brm\s{1,3}-[rf]{2}v?\s[^\n]{0,60}\/(backups?|var\/backups?|srv\/backups?|mnt\/backups?)\/?\*?(\s|;|&|\n)/
    $delete_home = /\brm\s{1,3}-[rf]{2}v?\s[^\n]{0,60}\/(home|root|boot|etc)\/?\*?(\s|;|&|\n)/
    $delete_logs = /\brm\s{1,3}-[rf]{2}v?\s[^\n]{0,60}\/var\/log\/?\*?(\s|;|&|\n)/
  condition:
    (filesize < 100KB and not $page and uint32be(0) != 0x7f454c46 and
     (($copy_loop and $disks) or ($discard and $disks) or $root or $root_first or
      (($copy or $stream or $shred) and ($script or $disks or filesize < 3KB)))) or
    (filesize < 60KB and not $page and uint32be(0) != 0x7f454c46 and
     ($files_shred or $shred_globs or 2 of ($delete*)))
}

rule wipes_disks_windows_program {
  meta:
    title = "Windows program that writes to disks past the file system"
    severity = "high"
    author = "kulla"
  strings:
    $disk = "\\\\.\\PhysicalDrive" ascii wide nocase
    $volume = /\\\\\.\\Harddisk(Volume)?[%0-9]/ ascii wide nocase
    $write = "WriteFile" fullword
    $control = "DeviceIoControl" fullword
    $seek = /\bSetFilePointer(Ex)?\b/
    $privilege = "SeShutdownPrivilege" ascii wide
    $end = /\b(ExitWindowsEx|InitiateSystemShutdown(Ex)?[AW]|NtShutdownSystem|NtRaiseHardError)\b/
    $all_drives = /\bGetLogicalDrive(s|Strings[AW])\b/
    // push, mov edx or mov ecx with IOCTL_DISK_DELETE_DRIVE_LAYOUT or IOCTL_DISK_CREATE_DISK; FSCTL_DISMOUNT_VOLUME
    $delete_layout = { ( 68 | ba | b9 ) 00 c1 07 00 }
    $create_disk = { ( 68 | ba | b9 ) 58 c0 07 00 }
    $dismount = { ( 68 | ba | b9 ) 20 00 09 00 }
  condition:
    uint16(0) == 0x5a4d and filesize < 10MB and ($disk or $volume) and $write and $control and
    ($delete_layout or $create_disk or ($privilege and $end and ($seek or $dismount or $all_drives)))
}

rule raw_disk_driver {
  meta:
    title = "Windows program that writes to disks through a driver for raw access, as in Albania in 2022"
    severity = "critical"
    author = "kulla"
  strings:
    $device = /\\(El)?RawDisk\d{0,2}\\/ ascii wide nocase
    $link = /\\(\?\?|DosDevices|Device|\.|\?)\\(El)?RawDisk\d{0,2}\b/ ascii wide nocase
    $maker = /\b(EldoS Corporation|RawDisk Driver|Allows write access to files and raw disk sectors)\b/ ascii wide nocase
    $file = /\b(elrawdsk|rwdsk|rawdsk)\d{0,2}\.sys\b/ ascii wide nocase
  condition:
    uint16(0) == 0x5a4d and filesize < 10MB and ($device or $link or $file or $maker)
}

rule wipes_linux_program {
  meta:
    title = "Linux program that carries commands which destroy the system"
    severity = "high"
    author = "kulla"
  strings:
    $copy = /\bdd if=\/dev\/(zero|u?random) of=\/dev\/(sd|hd|vd|nvme|mapper|%s)/
    $root = /\brm -[rf]{2} (--no-preserve-root \/|\/\*|\/boot|\/home|\/root|\/var\/www)/
    $trigger = "/proc/sysrq-trigger"
    $enable = /\becho [ub1c] ?> ?\/proc\/sys(rq-trigger|\/kernel\/sysrq)/
    $shred = /\bshred -[a-z]{1,6} /
    $swap = /\b(swapoff -a|umount -[lf]{1,2} )/
    $stop = /\b(service|systemctl) (stop|disable) (apache2?|httpd|nginx|ssh|cron|mysql|postgresql)/
    $flush = /\biptables -[FP] ?(INPUT|OUTPUT)? ?(DROP)?/
    $dsk = /\/dev\/(sd[a-c]|hd[a-c]|vd[a-c])\x00/
  condition:
    uint32be(0) == 0x7f454c46 and filesize < 5MB and ($copy or $root or $enable) and
    2 of ($trigger, $enable, $shred, $swap, $stop, $flush, $dsk, $root, $copy)
}

// ---- Destroying the way back --------------------------------------------------------------------------------------

rule deletes_way_back {
  meta:
    title = "Program or script that deletes Windows' shadow copies or turns off its recovery"
    severity = "high"
    author = "kulla"
  strings:
    $admin = /vssadmin(\.exe)?["']?\s{1,3}delete\s{1,3}shadows\s{1,3}\/(all|quiet|for)/ ascii wide nocase
    $resize = /vssadmin(\.exe)?["']?\s{1,3}resize\s{1,3}shadowstorage\s[^\n]{1,60}\/maxsize=(401|3[0-9]{2})MB/ ascii wide nocase
    $wmic = /wmic(\.exe)?["']?\s{1,3}shadowcopy\s{1,3}(where\s[^\n]{1,60})?delete/ ascii wide nocase
    $object = /Win32_ShadowCopy["'\s|)][^\n]{0,120}(\.Delete\s?\(|Remove-(WmiObject|CimInstance)|Delete_)/ ascii wide nocase
    $diskshadow = /diskshadow(\.exe)?["']?\s{1,3}[\/-]s\s[^\n]{1,80}/ ascii wide nocase
    $delete = /\bdelete\s{1,3}shadows\s{1,3}all\b/ ascii wide nocase
    $shadows = /vssadmin(\.exe)?["']?\s{1,3}delete\s{1,3}shadows/ ascii wide nocase
    $shadows_wmic = /wmic(\.exe)?["']?\s{1,3}shadowcopy\s[^\n]{0,60}delete/ ascii wide nocase
    $recovery = /bcdedit(\.exe)?["']?\s[^\n]{0,40}recoveryenabled\s{1,3}["']?(no|off|false)/ ascii wide nocase
    $failures = /bcdedit(\.exe)?["']?\s[^\n]{0,40}bootstatuspolicy\s{1,3}["']?ignoreallfailures/ ascii wide nocase
    $catalog = /wbadmin(\.exe)?["']?\s{1,3}delete\s{1,3}(catalog|systemstatebackup|backup)/ ascii wide nocase
    $journal = /fsutil(\.exe)?["']?\s{1,3}usn\s{1,3}deletejournal/ ascii wide nocase
    $cipher = /cipher(\.exe)?["']?\s{1,3}\/w:[a-z]/ ascii wide nocase
    $logs = /wevtutil(\.exe)?["']?\s{1,3}(cl|clear-log)\s/ ascii wide nocase
    $agent = /reagentc(\.exe)?["']?\s{1,3}\/disable/ ascii wide nocase
    $firewall = /netsh(\.exe)?["']?\s{1,3}advfirewall\s{1,3}set\s{1,3}\w{3,20}\s{1,3}state\s{1,3}off/ ascii wide nocase
  condition:
    (filesize < 20MB and ($admin or $resize or $wmic or $object or ($diskshadow and $delete))) or
    (filesize < 20MB and 3 of ($shadows, $shadows_wmic, $recovery, $failures, $catalog, $journal, $cipher, $logs, $agent, $firewall) and
     (any of ($shadows*) or $recovery or $failures or $catalog))
}

rule clears_traces {
  meta:
    title = "Script that clears logs and the history of commands"
    severity = "high"
    author = "kulla"
  strings:
    $logins = /(>|rm\s-[rf]{1,2}|shred\s[^\n]{0,20}|truncate\s[^\n]{0,20}|unlink)\s?\/var\/(log|run|adm)\/(w|u|b)tmp\b/
    $lastlog = /(>|rm\s-[rf]{1,2}|shred\s[^\n]{0,20}|truncate\s[^\n]{0,20})\s?\/var\/log\/lastlog\b/
    $secure = /(>|rm\s-[rf]{1,2}|shred\s[^\n]{0,20}|truncate\s[^\n]{0,20})\s?\/var\/log\/(secure|auth\.log|messages|audit)\b/
    $history = /(>|rm\s-[rf]{1,2}|shred\s[^\n]{0,20}|ln\s-sf?\s\/dev\/null)\s?[^\s;]{0,40}\.bash_history\b/
    $unset = /\bunset\s{1,3}HISTFILE\b/
    $nowhere = /\bHISTFILE=(\/dev\/null|["']{2})/
    $size = /\bHIST(FILE)?SIZE=0\b/
    $forget = /\bhistory\s{1,2}-c\b/
    $journal = /\bjournalctl\s[^\n]{0,40}--vacuum-(time|size)=(1s|1K?\b|0)/
    $windows_security = /wevtutil(\.exe)?["']?\s{1,3}(cl|clear-log)\s{1,3}["']?(security|system|application)/ ascii wide nocase
    $windows_all = /wevtutil(\.exe)?["']?\s{1,3}(el|enum-logs)[^\n]{0,160}wevtutil(\.exe)?["']?\s{1,3}(cl|clear-log)/ ascii wide nocase
    $windows_cmdlet = /Clear-EventLog\s[^\n]{0,40}(Security|System|Application)/ ascii wide nocase
    $page = /^\s{0,9}<(html|!DOCTYPE|\?xml)/ nocase
  condition:
    filesize < 200KB and not $page and
    (3 of ($logins, $lastlog, $secure, $history, $unset, $nowhere, $size, $forget, $journal) or
     $windows_all or #windows_security + #windows_cmdlet > 1)
}
