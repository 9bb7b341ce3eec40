#!/usr/bin/env python3
"""The project's own rules, which no compiler checks: arrows between folders, a pure core, forbidden calls, leftovers, sizes, errors.def.
usage: lint.py [ROOT]      prints FILE:LINE: RULE: what, and what to do instead; exit 0 clean, 1 found something, 2 could not run
Each rule is shown to fail on a planted violation in self_test.py."""
import os
import re
import sys
from collections import namedtuple

Problem = namedtuple("Problem", "path line rule text")
Source = namedtuple("Source", "path raw code")  # code: raw with comments and the insides of literals blanked, lines kept

# What a folder of src/ may include besides itself. A folder that is not named here gets the first line's right.
ADAPTER = {"base", "model"}
ARROWS = {"base": set(), "model": {"base"}, "detect": ADAPTER | {"event"}, "agent": ADAPTER | {"inspect"}}
WIRING = ["daemon", "drill", "cli"]  # each may include everything but those that come after it

# The decider takes time as an argument and touches nothing (docs: ARCHITECTURE.md).
IMPURE_INCLUDES = re.compile(
    r"<(thread|fstream|iostream|ostream|random|mutex|shared_mutex|condition_variable|atomic|future|filesystem|cstdio|ctime|csignal"
    r"|unistd\.h|fcntl\.h|time\.h|poll\.h|sys/[^>]+|netinet/[^>]+|arpa/[^>]+|boost/(asio|beast|process)[^>]*|spdlog/[^>]+|sqlite3\.h)>"
    r"|\"base/(process|file|queue|tree_walk)\.hpp\"")
IMPURE_CALLS = re.compile(r"::now\s*\(|\b(clock_gettime|gettimeofday|getenv|random_digest|sleep_for|SystemClock|system_clock|steady_clock)\b"
                          r"|\b(socket|connect|open|read|write)\s*\(\s*[a-z_]*fd\b|\bSecretKey::generate\b")

Forbidden = namedtuple("Forbidden", "rule pattern instead where")
SRC, TESTS, UNIT = "src", "tests", "unit tests"
FORBIDDEN = [
    Forbidden("random", r"\b(std::)?s?rand\s*\(", "std::mt19937_64 with a printed seed, or random_digest() of base/hash.hpp", (SRC, TESTS)),
    Forbidden("random", r"\brandom_device\b", "a fixed or printed seed, so that a failure can be seen again", (TESTS,)),
    # "system" is a word of our vocabulary: a bare system(…) counts where it is given a C string.
    Forbidden("shell", r"\bstd::system\s*\(|(?<![\w.>:])(::)?popen\s*\(|(?<![\w>])::system\s*\(|(?<![\w.>:])system\s*\((?=\s*\"|[^;\n]*\.(c_str|data)\(\))", "run() or Child of base/process.hpp: no shell, a time limit, bounded output", (SRC, TESTS)),
    Forbidden("unbounded", r"\b(strcpy|strcat|v?sprintf|gets|strtok|alloca)\s*\(", "std::string and fmt::format", (SRC, TESTS)),
    Forbidden("atoi", r"\b(std::)?(atoi|atol|atoll|atof)\s*\(", "std::from_chars, which says when it fails", (SRC, TESTS)),
    Forbidden("local-time", r"\b(localtime|gmtime|mktime|asctime|strftime|strptime)(_r)?\s*\(", "to_rfc3339 and parse_rfc3339 of base/time.hpp: all times are UTC", (SRC, TESTS)),
    Forbidden("stdout", r"\bstd::(cout|cerr|clog)\b|(?<![\w:])(std::)?(printf|puts|putchar)\s*\(|\bf(printf|puts)\s*\(\s*std(out|err)\b",
              "a Result, or spdlog; only cli/ and drill/ speak to a terminal", (SRC,)),
    Forbidden("assert", r"(?<!\w)assert\s*\(", "KULLA_ASSERT, which stays on in release", (SRC,)),
    Forbidden("detach", r"\.detach\s*\(\s*\)", "std::jthread, or a thread that its owner joins", (SRC, TESTS)),
    Forbidden("sleep", r"\b(sleep_for|sleep_until|usleep|nanosleep)\s*\(|(?<![\w.>])sleep\s*\(", "a fake Clock, or wait on what must happen", (UNIT,)),
    Forbidden("using-std", r"\busing\s+namespace\s+std\s*;", "names with std::", (SRC, TESTS)),
    Forbidden("disabled-test", r"\bDISABLED_\w+|\bGTEST_SKIP\s*\(\s*\)\s*;", "mend it, delete it, or say why it is skipped", (TESTS,)),
]
TERMINAL = ("src/cli/", "src/drill/")
STDOUT_EXEMPT = {"src/base/result.cpp"}  # assertion_failed speaks last
# The way out of a forbidden call, on its line or the one before, with a reason.
ALLOWED = r"// lint\({}\): .{{10,}}"
LEFTOVER = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
NOLINT = re.compile(r"NOLINT(NEXTLINE|BEGIN)?\b(\([\w.,*\s-]+\))?:?\s*(.*)")
LONGEST_FILE, LONG_FUNCTION = 600, 70

LITERALS = re.compile(r'R"([^()\\\s]{0,16})\((?:.|\n)*?\)\1"|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F_])\'(?:\\.|[^\'\\\n])*\'|//[^\n]*|/\*(?:.|\n)*?\*/')


def blank(match):
    inside = re.sub(r"[^\n]", " ", match[0][1:-1])
    return match[0][0] + inside + match[0][-1] if match[0][0] in "\"'" else re.sub(r"[^\n]", " ", match[0])


def sources(root):
    for top in ("src", "tests", "bench"):
        for folder, folders, files in os.walk(os.path.join(root, top)):
            folders.sort()
            for name in sorted(files):
                if name.endswith((".cpp", ".hpp", ".def")):
                    path = os.path.join(folder, name)
                    with open(path, encoding="utf-8") as file:
                        raw = file.read()
                    yield Source(os.path.relpath(path, root), raw, LITERALS.sub(blank, raw))


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def may_include(folder):
    if folder in WIRING:
        return None, set(WIRING[WIRING.index(folder) + 1:])
    return ARROWS.get(folder, ADAPTER) | {folder}, set()


def arrows(source, folders):
    folder = source.path.split("/")[1]
    allowed, above = may_include(folder)
    for match in re.finditer(r'^[ \t]*#[ \t]*include[ \t]+"([^"]+)"', source.raw, re.M):
        target, line = match[1].split("/")[0], line_of(source.raw, match.start())
        if target not in folders:
            yield Problem(source.path, line, "arrow", f'"{match[1]}": includes are written from src/, as "folder/file.hpp"')
        elif target in above or (allowed is not None and target not in allowed):
            may = "all but " + ", ".join(sorted(above)) if allowed is None else ", ".join(sorted(allowed))
            yield Problem(source.path, line, "arrow", f"{folder}/ may not include {target}/ (it may: {may}); move what is shared to model/, or wire it in daemon/")


def links(root, folders):
    """What a folder links in CMakeLists.txt is what it may include."""
    path = os.path.join(root, "CMakeLists.txt")
    if not os.path.exists(path):
        return
    with open(path, encoding="utf-8") as file:
        text = file.read()
    for match in re.finditer(r"^kulla_folder\((\w+)([^)]*)\)", text, re.M):
        allowed, above = may_include(match[1])
        for target in re.findall(r"\bkulla_(\w+)", match[2]):
            if target in folders and (target in above or (allowed is not None and target not in allowed)):
                yield Problem("CMakeLists.txt", line_of(text, match.start()), "arrow", f"{match[1]} may not link {target}")


def purity(source):
    for pattern, text in ((IMPURE_INCLUDES, source.raw), (IMPURE_CALLS, source.code)):
        for match in pattern.finditer(text):
            yield Problem(source.path, line_of(text, match.start()), "pure", f"'{match[0]}' in incident/: time comes as an argument, effects are orders")


def kinds(path):
    if path.startswith("src/"):
        return {SRC}
    if path.startswith("tests/"):
        return {TESTS} if path.startswith(("tests/system/", "tests/fuzz/")) else {TESTS, UNIT}
    return set()


def forbidden(source):
    lines = source.raw.split("\n")
    for rule in FORBIDDEN:
        if not kinds(source.path) & set(rule.where):
            continue
        if rule.rule == "stdout" and (source.path.startswith(TERMINAL) or source.path in STDOUT_EXEMPT):
            continue
        for match in re.finditer(rule.pattern, source.code):
            line = line_of(source.code, match.start())
            if not re.search(ALLOWED.format(rule.rule), "\n".join(lines[max(0, line - 2):line])):
                yield Problem(source.path, line, rule.rule, f"'{match[0].strip()}': use {rule.instead}; or say why not: // lint({rule.rule}): …")


def leftovers(source):
    for match in LEFTOVER.finditer(source.raw):
        yield Problem(source.path, line_of(source.raw, match.start()), "leftover", f"{match[1]}: do it, or open an issue")
    for match in NOLINT.finditer(source.raw):
        if not match[2] or len(match[3]) < 10:
            yield Problem(source.path, line_of(source.raw, match.start()), "nolint", "name the check and the reason: // NOLINT(check): why it is right here")
    if source.path.endswith(".cpp") and not source.code.strip():
        yield Problem(source.path, 1, "leftover", "an empty file: delete it")
    if source.path.endswith(".hpp") and "#pragma once" not in source.code:
        yield Problem(source.path, 1, "pragma-once", "a header begins with its contract and #pragma once")
    if source.path.startswith("src/") and source.path.endswith(".hpp") and not source.raw.startswith("//"):
        yield Problem(source.path, 1, "contract", "the first line of a header says what it is for: // …")


def functions(code):
    """(first line, lines) of function bodies: braces whose head has a parameter list and that lie only in namespaces and types."""
    stack, head = [], 0
    for match in re.finditer(r"[{};]|^[ \t]*#[^\n]*(?:\\\n[^\n]*)*", code, re.M):
        token = match[0]
        if token == "{":
            text = code[head:match.start()].strip()
            outer = all(kind == "scope" for kind, _ in stack)
            scope = re.search(r"\b(namespace|class|struct|union|enum|extern)\b[^()=]*$", text)
            stack.append(("scope" if scope and outer else "function" if outer and ")" in text else "inner", match.start() - len(text)))
        elif token == "}" and stack:
            kind, start = stack.pop()
            if kind == "function":
                yield line_of(code, start), code.count("\n", start, match.start()) + 1
        head = match.end()


def sizes(source):
    """Problems, and notes on long functions."""
    lines = source.raw.count("\n")
    problems = [Problem(source.path, lines, "size", f"{lines} lines, more than {LONGEST_FILE}: it holds two ideas, name the second")] if lines > LONGEST_FILE else []
    notes = [f"{source.path}:{first}: a function of {length} lines" for first, length in functions(source.code) if length > LONG_FUNCTION]
    return problems, notes


def error_codes(everything):
    table = next((s for s in everything if s.path == "src/base/errors.def"), None)
    if not table:
        return
    used = set(re.findall(r"\bCode::(\w+)", "\n".join(s.code for s in everything if s.path.startswith("src/") and s is not table)))
    seen = set()
    for match in re.finditer(r"^KULLA_ERROR\((\w+)", table.raw, re.M):
        line = line_of(table.raw, match.start())
        if match[1] in seen:
            yield Problem(table.path, line, "error-code", f"{match[1]} stands twice")
        if match[1] not in used:
            yield Problem(table.path, line, "error-code", f"{match[1]} is used nowhere in src/: use it or delete it")
        seen.add(match[1])


def check(root):
    everything = list(sources(root))
    folders = {s.path.split("/")[1] for s in everything if s.path.startswith("src/") and s.path.count("/") > 1}
    problems, notes = list(links(root, folders)) + list(error_codes(everything)), []
    for source in everything:
        if source.path.startswith("src/"):
            problems += arrows(source, folders)
        if source.path.startswith("src/incident/"):
            problems += purity(source)
        problems += forbidden(source)
        problems += leftovers(source)
        too_long, long_functions = sizes(source)
        problems += too_long
        notes += long_functions
    return everything, sorted(problems), notes


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else "."
    everything, problems, notes = check(root)
    if not everything:
        print(f"lint: no sources below {root}; name the root of the repository", file=sys.stderr)
        return 2
    for note in notes:
        print(f"note: {note}")
    for problem in problems:
        print(f"{problem.path}:{problem.line}: {problem.rule}: {problem.text}")
    print(f"lint: {len(everything)} files, {len(problems)} problems, {len(notes)} long functions")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
