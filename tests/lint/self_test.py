#!/usr/bin/env python3
"""Shows that every rule of lint.py can fail: plants one violation at a time in a clean tree and expects exactly that rule."""
import os
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import lint

HEADER = "// What it is.\n#pragma once\n"
CLEAN = {
    "CMakeLists.txt": "kulla_folder(base)\nkulla_folder(event kulla_model)\nkulla_folder(detect kulla_event)\nkulla_folder(daemon kulla_detect kulla_gate)\n",
    "src/base/errors.def": 'KULLA_ERROR(io, "meaning", "remedy")\n',
    "src/base/result.hpp": HEADER,
    "src/model/fact.hpp": HEADER + '#include "base/result.hpp"\n',
    "src/event/event.hpp": HEADER + '#include "model/fact.hpp"\n',
    "src/detect/detector.hpp": HEADER + '#include "event/event.hpp"\n#include "detect/detector.hpp"\n',
    "src/gate/gate.cpp": "auto problem = Code::io;\n",
    "src/incident/decide.cpp": '#include "model/fact.hpp"\nint decide(int now) { return now; }\n',
    "src/daemon/run.hpp": HEADER + '#include "detect/detector.hpp"\n#include "gate/gate.hpp"\n',
    "src/drill/drill.hpp": HEADER + '#include "daemon/run.hpp"\n',
    "src/cli/drill.cpp": '#include "drill/drill.hpp"\nvoid say() { std::cout << 1; }\n',
    # Words in comments and literals, and names that only look alike, are nothing.
    "src/gate/words.cpp": "// rand() and system(\"x\")\nauto s = \"popen(x) assert(y)\"; auto n = 100'000; auto r = R\"x(sprintf(a) localtime())x\";\n"
                          "using namespace std::chrono; int ecosystem(int); static_assert(true); auto t = timer.system(); SystemId system(int n); // NOLINT(check): the API wants it so\n",
    "tests/gate/allowed.cpp": "// lint(sleep): the kernel's clock is what is tested\nvoid f() { sleep(1); }\nvoid g() { sleep(1); }  // lint(sleep): and here again\n",
    "tests/system/wait_test.cpp": "void wait() { std::this_thread::sleep_for(1s); }\n",
}
PLANTED = [
    ("arrow", "src/base/a.cpp", '#include "model/fact.hpp"\n'),
    ("arrow", "src/model/a.cpp", '#include "event/event.hpp"\n'),
    ("arrow", "src/event/a.cpp", '#include "detect/detector.hpp"\n'),
    ("arrow", "src/gate/a.cpp", '#include "event/event.hpp"\n'),
    ("arrow", "src/incident/a.cpp", '#include "gate/gate.hpp"\n'),
    ("arrow", "src/notify/a.cpp", '#include "event/event.hpp"\n'),
    ("arrow", "src/daemon/a.cpp", '#include "drill/drill.hpp"\n'),
    ("arrow", "src/drill/a.cpp", '  #  include "cli/drill.hpp"\n'),
    ("arrow", "src/gate/a.cpp", '#include "gate.hpp"\n'),
    ("arrow", "src/gate/a.cpp", '#include "../base/result.hpp"\n'),
    ("arrow", "CMakeLists.txt", "kulla_folder(gate kulla_model kulla_detect)\n"),
    ("pure", "src/incident/a.cpp", "#include <thread>\nint x;\n"),
    ("pure", "src/incident/a.cpp", "#include <fstream>\nint x;\n"),
    ("pure", "src/incident/a.cpp", "#include <random>\nint x;\n"),
    ("pure", "src/incident/a.cpp", "#include <sys/socket.h>\nint x;\n"),
    ("pure", "src/incident/a.cpp", "auto t = std::chrono::file_clock::now();\n"),
    ("pure", "src/incident/a.cpp", "auto c = SystemClock{};\n"),
    ("random", "src/gate/a.cpp", "int x = std::rand();\n"),
    ("random", "tests/gate/a.cpp", "int x = rand ();\n"),
    ("shell", "src/gate/a.cpp", "int x = std::system(command);\n"),
    ("shell", "src/gate/a.cpp", "int x = ::system(command);\n"),
    ("shell", "src/gate/a.cpp", "int x = system(\"ls\");\n"),
    ("shell", "src/gate/a.cpp", "int x = system(command.c_str());\n"),
    ("shell", "tests/system/a_test.cpp", "auto x = ::popen(command, mode);\n"),
    ("unbounded", "src/gate/a.cpp", "void f() { strcpy(a, b); }\n"),
    ("unbounded", "src/gate/a.cpp", "void f() { sprintf(a, b); }\n"),
    ("atoi", "src/gate/a.cpp", "int x = atoi(text);\n"),
    ("local-time", "src/gate/a.cpp", "auto x = localtime(&t);\n"),
    ("local-time", "src/gate/a.cpp", "auto x = std::gmtime(&t);\n"),
    ("stdout", "src/gate/a.cpp", "void f() { std::cout << 1; }\n"),
    ("stdout", "src/daemon/a.cpp", "void f() { std::fprintf(stderr, x); }\n"),
    ("assert", "src/gate/a.cpp", "void f() { assert(true); }\n"),
    ("detach", "src/gate/a.cpp", "void f() { thread.detach(); }\n"),
    ("sleep", "tests/gate/a.cpp", "void f() { std::this_thread::sleep_for(1s); }\n"),
    ("sleep", "tests/gate/a.cpp", "void f() { sleep(1); }\n"),
    ("sleep", "tests/gate/a.cpp", "void f() { sleep(1); }  // lint(sleep): why\n"),
    ("sleep", "tests/gate/a.cpp", "void f() { sleep(1); }  // lint(detach): a reason for something else\n"),
    ("random", "tests/gate/a.cpp", "std::random_device seed;\n"),
    ("using-std", "src/gate/a.cpp", "using namespace std;\n"),
    ("disabled-test", "tests/gate/a.cpp", "TEST(Gate, DISABLED_closes) {}\n"),
    ("leftover", "src/gate/a.cpp", "int x;  // TODO later\n"),
    ("leftover", "src/gate/a.cpp", "// nothing here yet\n"),
    ("nolint", "src/gate/a.cpp", "int x;  // NOLINT\n"),
    ("nolint", "src/gate/a.cpp", "int x;  // NOLINT(bugprone-x)\n"),
    ("pragma-once", "src/gate/a.hpp", "// What.\nint x;\n"),
    ("contract", "src/gate/a.hpp", "#pragma once\nint x;\n"),
    ("size", "src/gate/a.cpp", "int f();\n" * (lint.LONGEST_FILE + 1)),
    ("error-code", "src/base/errors.def", 'KULLA_ERROR(unused, "meaning", "remedy")\n'),
    ("error-code", "src/base/errors.def", 'KULLA_ERROR(io, "again", "remedy")\n'),
]


def rules_found(root, path, text):
    """The rules that fail with `text` appended to `path`; the tree is left as it was."""
    full = os.path.join(root, path)
    os.makedirs(os.path.dirname(full), exist_ok=True)
    before = CLEAN.get(path)
    with open(full, "w", encoding="utf-8") as file:
        file.write((before or "") + text)
    _, problems, notes = lint.check(root)
    if before is None:
        os.remove(full)
    else:
        with open(full, "w", encoding="utf-8") as file:
            file.write(before)
    return {problem.rule for problem in problems}, notes


def main():
    failures = []
    with tempfile.TemporaryDirectory() as root:
        for path, text in CLEAN.items():
            os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
            with open(os.path.join(root, path), "w", encoding="utf-8") as file:
                file.write(text)
        clean = lint.check(root)[1]
        failures += [f"a clean tree: {problem}" for problem in clean]
        for rule, path, text in PLANTED:
            found, _ = rules_found(root, path, text)
            if found != {rule}:
                failures.append(f"{path}: {text.splitlines()[0]!r}: expected {rule}, found {sorted(found) or 'nothing'}")
        long_function = "int f(int a,\n      int b) {\n" + "  g({a, b});\n" * lint.LONG_FUNCTION + "}\n"
        inside = "namespace a {\nstruct S {\n" + long_function + "};\n}\n"
        notes = rules_found(root, "src/gate/a.cpp", inside)[1]
        if len(notes) != 1 or "a.cpp:3:" not in notes[0]:
            failures.append(f"a long function: {notes}")
        tested = {rule for rule, _, _ in PLANTED}
        failures += [f"rule {rule.rule} has no planted violation" for rule in lint.FORBIDDEN if rule.rule not in tested]
    for failure in failures:
        print(failure)
    print(f"lint self-test: {len(PLANTED) + 2} cases, {len(failures)} failures")
    return 1 if failures else 0


sys.exit(main())
