"""file_scope.py: the names of file scope in a C source, and their renaming. Reads tokens,
not grammar: enough for sources that are laid out as the conventions say."""
import re

TOKEN = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|->|[A-Za-z_]\w*'
                   r'|\.?\d(?:[eEpP][+-]|[\w.])*|\s+|.', re.S)
DIRECTIVE = re.compile(r'^[ \t]*#(?:\\\n|[^\n])*', re.M)


def is_name(token):
    return token[:1].isalpha() or token[:1] == '_'


def tokens(text):
    """(token, place) without blanks and comments."""
    found = ((m.group(), m.start()) for m in TOKEN.finditer(text))
    return [(t, at) for t, at in found if not t.isspace() and not t.startswith(('/*', '//'))]


def statements(text):
    """The tokens of each statement of file scope; of a brace, what is inside stays in."""
    depth, now = 0, []
    for token, _ in tokens(DIRECTIVE.sub('', text)):
        now.append(token)
        if now == ['extern', '"C"', '{'] or depth < 0:
            depth, now = 0, []
            continue
        depth += (token in '({[') - (token in ')}]')
        if depth < 0 or depth == 0 and (token == ';' or token == '}' and ends_function(now)):
            yield now
            depth, now = 0, []


def ends_function(statement):
    before = statement[:statement.index('{')]
    return ')' in before and '=' not in before


def enumerators(inside):
    return [t for before, t in zip(['{', *inside], inside) if before in '{,' and is_name(t)]


def names(text):
    """Types, tags, enumerators and static variables and functions that the text declares."""
    found = []
    for s in statements(text):
        brace = s.index('{') if '{' in s else len(s)
        if '(' not in s[:brace]:
            found += [b for a, b, c in zip(s, s[1:], s[2:]) if a in ('struct', 'enum', 'union') and c == '{' and is_name(b)]
            if 'enum' in s[:brace]:
                found += enumerators(s[brace + 1:s.index('}')])
            if s[0] == 'typedef' and is_name(s[-2]):
                found.append(s[-2])
        if 'static' in s[:brace]:
            found += declared(s)
    return list(dict.fromkeys(found))


def declared(s):
    """The names that a static declaration gives: before =, ; , or [ outside of braces, or before
    the parenthesis of a function."""
    found, depth = [], 0
    for i, token in enumerate(s):
        if depth == 0 and i and is_name(s[i - 1]) and token in ('=', ';', ',', '[', '(') and s[i - 2:i - 1] != ['=']:
            found.append(s[i - 1])
            if token == '(':
                break
        depth += (token in '({[') - (token in ')}]')
    return [n for n in found if not n.startswith('__')]


def member(before, after, depth_of_struct):
    return before in ('.', '->') or (depth_of_struct and after in (';', ',', '[', ':'))


def renamed(text, new):
    """The text with new[name] for each name, members of structs left as they are."""
    found, out, at, inside = tokens(text), [], 0, []
    for i, (token, place) in enumerate(found):
        if token == '{':
            inside.append(opens_struct(found, i))
        elif token == '}' and inside:
            inside.pop()
        if token in new:
            before = found[i - 1][0] if i else ''
            after = found[i + 1][0] if i + 1 < len(found) else ''
            if not member(before, after, bool(inside and inside[-1])):
                out += [text[at:place], new[token]]
                at = place + len(token)
    return ''.join(out) + text[at:]


def opens_struct(found, i):
    words = [t for t, _ in found[max(0, i - 2):i]]
    return any(w in ('struct', 'union') for w in words)


def definitions(text):
    """Types and enumerators that the text defines, declarations left out."""
    found = set()
    for s in statements(text):
        brace = s.index('{') if '{' in s else 0
        if not brace or '(' in s[:brace] or '=' in s[:brace]:
            continue
        found |= {b for a, b, c in zip(s, s[1:], s[2:]) if a in ('struct', 'enum', 'union') and c == '{' and is_name(b)}
        if 'enum' in s[:brace]:
            found |= set(enumerators(s[brace + 1:s.index('}')]))
        if s[0] == 'typedef' and is_name(s[-2]):
            found.add(s[-2])
    return found
