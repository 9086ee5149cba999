"""The mission table: what the lecture notes contain, what provides it, what proves it.

    python3 docs/mission.py            writes docs/mission.md from docs/mission.tsv
    python3 docs/mission.py --check    fails when a row lacks something, names something that does
                                       not exist or that none of its tests uses, or when
                                       mission.md is not up to date

A row of the list: number, section of the notes, kind (Definition, Formula, Algorithm, System,
Claim, Example), what, api (names in the public headers, or "retrograd COMMAND"), test
(FILE.c:NAME or golden/FILE.txt, in tests/; lesson:SECTION, whose facts golden/cli_lesson.txt
runs), lesson (SECTION:WORDS, the lesson and words of the fact in it that shows the row; or
-:REASON, why no lesson does), status (done or missing; missing has - for api and test).

A row of docs/slips.tsv: number of a slip in the notes, section, what is right, test: each lesson
named must run that slip's literal form, which has to fail, beside the right one. What is a matter
of wording alone has the test "words"."""
import functools
import pathlib
import re
import shlex
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
LIST = ROOT / "docs" / "mission.tsv"
SLIPS = ROOT / "docs" / "slips.tsv"
TABLE = ROOT / "docs" / "mission.md"
FIELDS = ["row", "section", "kind", "what", "api", "test", "lesson", "status"]
SLIP_FIELDS = ["slip", "section", "right", "test"]
ROWS, SLIP_ROWS = 279, 67


def read_rows(path, fields):
    head, *lines = path.read_text(encoding="utf-8").splitlines()
    assert head.split("\t") == fields, path.name + ": the head is not " + " ".join(fields)
    return [dict(zip(fields, line.split("\t"))) for line in lines]


# ---- what exists ----------------------------------------------------------------------


def public_names():
    """Every word of the installed headers that stands outside of comments."""
    names = set()
    for room in ("autograd", "ops", "nn", "optim"):
        for build in (ROOT / room).rglob("meson.build"):
            listed = " ".join(re.findall(r"headers \+= files\((.*?)\)", build.read_text(), re.S))
            for header in re.findall(r"'([^']+\.h)'", listed):
                text = (build.parent / header).read_text(encoding="utf-8")
                names.update(re.findall(r"\w+", re.sub(r"/\*.*?\*/", "", text, flags=re.S)))
    return names


def commands():
    return set(re.findall(r'^    \{"(\w+)", cmd_', (ROOT / "cli" / "main.c").read_text(encoding="utf-8"), re.M))


def suites():
    """File to the tests that it defines and that its suite runs; golden files that are run."""
    build = (ROOT / "tests" / "meson.build").read_text(encoding="utf-8")
    listed = set(re.findall(r"'(\w+)'", build))
    found = {}
    for file in (ROOT / "tests").glob("test_*.c"):
        if file.stem not in listed and file.stem[len("test_"):] not in listed:
            continue
        text = file.read_text(encoding="utf-8")
        defined = set(re.findall(r"START_TEST\((\w+)\)", text))
        defined |= {name + "_like_pytorch" for name in re.findall(r"^(?:LAYER|LOSS)\((\w+),", text, re.M)}
        run = set()
        for part in re.findall(r"RG_SUITE\((.*?)\)\s*$", text, re.S | re.M) + re.findall(r"tcase_add_test\((.*?)\)", text):
            run |= set(re.findall(r"\w+", part))
        run |= set(re.findall(r"\b\w+\b", " ".join(re.findall(r"TTest \*(?:const )?\w*\[\].*?;", text, re.S))))
        found[file.name] = defined & run
    for file in (ROOT / "tests" / "golden").glob("*.txt"):
        if file.stem[len("cli_"):] in listed:
            found["golden/" + file.name] = set()
    return found


def lesson_file(section):
    return ROOT / "docs" / "lessons" / f"lesson_{section.replace('.', '_')}.c"


def has_lesson(section):
    return lesson_file(section).exists()


FACT = re.compile(r"\b(?:holds|shown|slip)\(")
STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')


def call_at(text, start):
    """The arguments of a call: text from its open parenthesis to the one that closes it."""
    depth, at = 0, start
    while at < len(text):
        string = STRING.match(text, at)
        depth += {"(": 1, ")": -1}.get(text[at], 0)
        at = string.end() if string else at + 1
        if depth == 0:
            break
    return text[start:at]


@functools.lru_cache(None)
def facts_of(section):
    """The words of each fact of a lesson, and of what is its alone: its own helper."""
    file = lesson_file(section)
    text = file.read_text(encoding="utf-8")
    for name in re.findall(r'^#include "(\w+)\.h"', text, re.M):
        if name != "lesson":
            text += file.with_name(name + ".c").read_text(encoding="utf-8")
    return tuple("".join(STRING.findall(call_at(text, m.end() - 1))) for m in FACT.finditer(text))


# ---- what the tests use ---------------------------------------------------------------------

FUNCTION = re.compile(r"^\w[\w ]*[ *]+(\w+)\([^;{}]*\)\s*\{(?:.*\}$|[^\0]*?^\})", re.M)
TEST = re.compile(r"^START_TEST\((\w+)\)([^\0]*?)END_TEST", re.M)
FIXTURE = re.compile(r"^(?:LAYER|LOSS)\((\w+),.*", re.M)
MACRO = re.compile(r"^#define (\w+)(?:.*\\\n)*.*", re.M)
TABLE_OF = re.compile(r"^static const [^;=]*?(\w+)\[[^;=]*= \{[^;]*;", re.M)


def pieces(text):
    """Each test, function, macro and table of a file, by name: its text."""
    found = {m[1]: m[0] for shape in (MACRO, TABLE_OF, FUNCTION, TEST) for m in shape.finditer(text)}
    return found | {m[1] + "_like_pytorch": m[0] for m in FIXTURE.finditer(text)}


def helpers():
    """What the tests share: headers, and files that are no suite."""
    shared = {}
    for file in sorted((ROOT / "tests").glob("*.[ch]")):
        if not file.name.startswith("test_"):
            shared |= pieces(file.read_text(encoding="utf-8"))
    return shared


def words_from(name, known):
    """The words in the text of a piece and in all that it calls."""
    words, waiting = set(), [name]
    while waiting:
        new = set(re.findall(r"\w+", known.get(waiting.pop(), ""))) - words
        words |= new
        waiting.extend(new)
    return words


def words_of(token, shared):
    """What a test of a row uses: names of functions, and commands."""
    file, _, name = token.partition(":")
    if file == "lesson":
        source = lesson_file(name).read_text(encoding="utf-8")
        return set(re.findall(r"\w+", source)) | {"retrograd lesson"}
    text = (ROOT / "tests" / file).read_text(encoding="utf-8")
    if file.startswith("golden/"):
        return set(re.findall(r"retrograd \w+", "\n".join(re.findall(r"^\$ .*", text, re.M))))
    return words_from(name, shared | pieces(text))


def uses(rows, tests):
    """Test to what it uses, of those that exist."""
    shared = helpers()
    tokens = {token for row in rows for token in row["test"].split() if not list(complain_of_tests(dict(row, test=token), tests))}
    return {token: words_of(token, shared) for token in tokens}


# ---- complaints -------------------------------------------------------------------------


def complain_of_api(row, names, known):
    for token in shlex.split(row["api"]):
        word, _, command = token.partition(" ")
        if word == "retrograd" and command not in known:
            yield f"{row['row']}: there is no command '{token}'"
        if word != "retrograd" and word not in names:
            yield f"{row['row']}: no public header has {word}"


def complain_of_tests(row, tests):
    for token in row["test"].split():
        file, _, name = token.partition(":")
        if file == "lesson":
            if not has_lesson(name) or "golden/cli_lesson.txt" not in tests:
                yield f"{row['row']}: there is no lesson {name}"
        elif file not in tests or (not file.startswith("golden/") and name not in tests[file]):
            yield f"{row['row']}: no suite runs {token}"


def complain_of_lesson(row):
    section, _, words = row["lesson"].partition(":")
    if section == "-":
        if len(words.split()) < 4:
            yield f"{row['row']}: has no lesson and no reason"
    elif not has_lesson(section):
        yield f"{row['row']}: there is no lesson {section}"
    elif not words or not any(words in fact for fact in facts_of(section)):
        yield f"{row['row']}: no fact of lesson {section} has the words '{words}'"


def complain_of_use(row, used):
    words = set().union(*(used.get(token, set()) for token in row["test"].split()))
    for token in shlex.split(row["api"]):
        if token not in words:
            yield f"{row['row']}: none of its tests uses {token}"


def complaints(rows, names, known, tests, used):
    want = [f"M{i:03}" for i in range(1, ROWS + 1)]
    if [row["row"] for row in rows] != want:
        yield f"the rows are not M001 to M{ROWS} in order"
    for row in rows:
        absent = [field for field in FIELDS if row.get(field, "") == ""]
        if absent:
            yield f"{row['row']}: no {', '.join(absent)}"
        elif row["status"] == "missing":
            if (row["api"], row["test"]) != ("-", "-"):
                yield f"{row['row']}: is missing, yet names an api or a test"
        elif row["status"] != "done" or "-" in (row["api"], row["test"]):
            yield f"{row['row']}: is {row['status']} with api '{row['api']}' and test '{row['test']}'"
        else:
            absent = [*complain_of_api(row, names, known), *complain_of_tests(row, tests), *complain_of_lesson(row)]
            yield from absent or complain_of_use(row, used)


def complaints_of_slips(slips, tests):
    want = [f"S{i:02}" for i in range(1, SLIP_ROWS + 1)]
    if [slip["slip"] for slip in slips] != want:
        yield f"the slips are not S01 to S{SLIP_ROWS} in order"
    for slip in slips:
        if slip["test"] == "words":
            continue
        yield from complain_of_tests(dict(slip, row=slip["slip"]), tests)
        shown = [name for file, _, name in (token.partition(":") for token in slip["test"].split()) if file == "lesson"]
        for section in shown or ["-"]:
            if not shown or not runs_slip(section, slip["slip"]):
                yield f"{slip['slip']}: lesson {section} does not run it"


def runs_slip(section, number):
    """S46 is a gap of the notes: it has no literal form, only the right one."""
    call = "holds" if number == "S46" else "slip"
    return has_lesson(section) and re.search(call + r'\([^;]*?"' + number + ":", lesson_file(section).read_text(encoding="utf-8"))


def lies_are_found(rows, *world):
    """Each way to be wrong must draw a complaint: this check can fail."""
    lies = [{"api": "rg_no_such_thing"}, {"api": '"retrograd nosuch"'}, {"api": "rg_conv2d"}, {"test": "test_grad.c:nosuch"},
            {"test": "test_nosuch.c:any_order"}, {"test": "golden/nosuch.txt"}, {"test": "lesson:99.9"}, {"api": "-"}, {"test": ""},
            {"lesson": ""}, {"lesson": "-"}, {"lesson": "-:no"}, {"lesson": "99.9:the gradient"}, {"lesson": "6.2:no such words"},
            {"lesson": "6.2:"}, {"status": "missing"}, {"status": "nearly"}, {"row": "M999"}]
    for lie in lies:
        told = [dict(rows[0], **lie)] + rows[1:]
        if len(list(complaints(told, *world))) != 1:
            yield f"a lie was not found out: {lie}"


# ---- the table ----------------------------------------------------------------------------


def code(words):
    return ", ".join(f"`{word}`" for word in words)


def plain(text):
    return text.replace("|", "\\|").replace("*", "\\*").replace("_", "\\_")


def shown_by(row):
    section, _, words = row["lesson"].partition(":")
    where = f"[{section}](lessons/{lesson_file(section).name})" if section != "-" else "none"
    return f"{where}: {plain(words)}"


def table_of(rows, slips):
    done = sum(row["status"] == "done" for row in rows)
    lines = ["# What the lecture notes contain, and what here provides and proves it", "",
             "Made by `python3 docs/mission.py` from `docs/mission.tsv`: change that, not this. The test `mission` fails",
             "when a row names a function, a command, a test, a lesson or a fact of it that does not exist, or a function",
             "that none of its tests uses.", "",
             f"{done} of {len(rows)} rows are done, {len(rows) - done} are missing.", "",
             "A lesson is run by `retrograd lesson SECTION`; the words beside it are of the fact that shows the row.", "",
             "| row | notes | what | by | proved by | lesson | status |", "|---|---|---|---|---|---|---|"]
    for row in rows:
        api = code(shlex.split(row["api"])) if row["api"] != "-" else "missing"
        test = code(row["test"].split()) if row["test"] != "-" else "missing"
        cells = [row["row"], row["section"], plain(row["what"]), api, test, shown_by(row), row["status"]]
        lines.append(f"| {' | '.join(cells)} |")
    run = sum(slip["test"] != "words" for slip in slips)
    lines += ["", "## Slips of the notes", "",
              f"{run} of {len(slips)} can be run: a lesson shows that the literal form fails and the right one does not; the others",
              "are matters of wording. Made from `docs/slips.tsv`.", "",
              "| slip | notes | what is right | shown and proved by |", "|---|---|---|---|"]
    for slip in slips:
        test = "wording" if slip["test"] == "words" else code(slip["test"].split())
        lines.append(f"| {slip['slip']} | {slip['section']} | {plain(slip['right'])} | {test} |")
    return "\n".join(lines) + "\n"


def main():
    rows, slips = read_rows(LIST, FIELDS), read_rows(SLIPS, SLIP_FIELDS)
    if sys.argv[1:] != ["--check"]:
        TABLE.write_text(table_of(rows, slips), encoding="utf-8")
        return 0
    tests = suites()
    world = public_names(), commands(), tests, uses(rows, tests)
    bad = [*complaints(rows, *world), *lies_are_found(rows, *world), *complaints_of_slips(slips, tests)]
    if len(list(complaints_of_slips([dict(slips[0], test="lesson:9.9"), *slips[1:]], tests))) != 2:
        bad.append("a slip that no lesson runs was not found out")
    if TABLE.read_text(encoding="utf-8") != table_of(rows, slips):
        bad.append("docs/mission.md is not what docs/mission.py makes of its lists")
    print("\n".join(bad))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
