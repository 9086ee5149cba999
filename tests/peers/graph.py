"""The graphs: nodes of the expression language, and how they are written as text.

A node knows its operation, its arguments and, for the generator, its value. Text is made from the grammar
alone: brackets only where precedence asks for them (and a few for nothing), shared nodes as statements.
"""
import math

COMPARISONS = ('<', '<=', '>', '>=', '==', '!=')

# How tightly the text of a node binds; an argument that binds less goes into brackets.
CMP, SUM, TERM, UNARY, POWER, POSTFIX = range(6)
# operation: (own level, least level of the left side, of the right side)
BINARY = {'+': (SUM, SUM, TERM), '-': (SUM, SUM, TERM), '*': (TERM, TERM, UNARY), '/': (TERM, TERM, UNARY),
          '@': (TERM, TERM, UNARY), '^': (POWER, POSTFIX, UNARY), **{c: (CMP, SUM, SUM) for c in COMPARISONS}}


class Node:
    """op: 'input', 'number', 'literal', a sign ('neg', 'pos'), 'T', 'index', a binary operator, or a function.

    attr: the name of an input, the value of a number, the text of a literal, the items of an index (integers
    and (from, to) pairs), or the plain numbers of a call as (name, number, by keyword) triples.
    """

    def __init__(self, op, args=(), attr=None):
        self.op, self.args, self.attr = op, list(args), attr
        self.value = None

    def is_leaf(self):
        return self.op in ('input', 'number', 'literal')


def in_order(root):
    """Every node below root once, arguments before those who use them."""
    seen, order = set(), []

    def visit(node):
        if id(node) in seen:
            return
        seen.add(id(node))
        for arg in node.args:
            visit(arg)
        order.append(node)

    visit(root)
    return order


def inputs_of(root):
    return [n for n in in_order(root) if n.op == 'input']


# ---- literals ----

def number_text(v):
    """The shortest text that reads back as v."""
    text = repr(float(v))
    return text[:-2] if text.endswith('.0') else text


def literal_text(value, rng):
    """A literal in one of the ways of writing it: `[1 2; 3 4]`, `[[1, 2], [3, 4]]`, ..."""
    if value.dim() == 0:
        return number_text(value)
    comma = rng.choice([' ', ' ', ', ', ','])
    if value.dim() == 2 and rng.random() < .7:
        rows = [comma.join(number_text(v) for v in row) for row in value]
        return '[' + '; '.join(rows) + (';' if len(rows) == 1 else '') + ']'
    return '[' + comma.join(literal_text(v, rng) if v.dim() else number_text(v) for v in value) + ']'


def value_text(value, rng):
    """A literal as NAME=VALUE takes it: the outer brackets may be left out."""
    text = literal_text(value, rng)
    bare = value.dim() == 1 and value.numel() > 1 or value.dim() == 2 and ';' in text
    return text[1:-1] if bare and rng.random() < .3 else text


# ---- programs ----

class Writer:
    def __init__(self, root, rng):
        self.rng, self.root = rng, root
        self.named = {}   # id of a node: the name of its statement

    def program(self):
        order = in_order(self.root)
        uses = {}
        for node in order:
            for arg in node.args:
                uses[id(arg)] = uses.get(id(arg), 0) + 1
        statements = []
        for node in order:
            if node.is_leaf() or node is self.root:
                continue
            if uses[id(node)] > 1 or self.rng.random() < .12:
                text, _ = self.text(node)
                name = self.fresh_name()
                statements.append(name + self.rng.choice([' = ', '=', '= ']) + text)
                self.named[id(node)] = name
        last, _ = self.text(self.root)
        statements.append(('out = ' if statements and self.rng.random() < .2 else '') + last)
        text = self.rng.choice(['; ', ';', '\n', ' ;\n']).join(statements)
        return ' ' + text if text.startswith('--') else text  # else it would be an option

    def fresh_name(self):
        stem = self.rng.choice(['t', 's', 'u', 'h_', '_q'])
        return f'{stem}{len(self.named) + 1}'

    def text(self, node):
        """(text, level) of a node."""
        if id(node) in self.named:
            return self.named[id(node)], POSTFIX
        if node.op == 'number':
            text = 'pi' if node.attr == math.pi else number_text(node.attr)
            return text, POSTFIX if node.attr >= 0 else UNARY
        if node.op in ('input', 'literal'):
            return node.attr, POSTFIX
        if node.op in ('neg', 'pos'):
            return ('-' if node.op == 'neg' else '+') + self.at_least(node.args[0], UNARY), UNARY
        if node.op == 'T':
            return self.at_least(node.args[0], POSTFIX) + '.T', POSTFIX
        if node.op == 'index':
            items = [str(i) if isinstance(i, int) else self.slice_text(*i) for i in node.attr]
            return self.at_least(node.args[0], POSTFIX) + '[' + ', '.join(items) + ']', POSTFIX
        if node.op in BINARY:
            return self.binary(node)
        return self.call(node), POSTFIX

    @staticmethod
    def slice_text(start, stop):
        return f"{'' if start is None else start}:{'' if stop is None else stop}"

    def binary(self, node):
        level, left, right = BINARY[node.op]
        space = self.rng.choice(['', ' '])
        a, b = self.at_least(node.args[0], left), self.at_least(node.args[1], right)
        return a + space + node.op + space + b, level

    def call(self, node):
        parts = [self.text(a)[0] for a in node.args]
        for name, number, keyword in node.attr or ():
            parts.append(f'{name}={number_text(number)}' if keyword else number_text(number))
        return f"{node.op}({', '.join(parts)})"

    def at_least(self, node, level):
        text, own = self.text(node)
        if own < level or (not node.is_leaf() and self.rng.random() < .03):
            return '(' + text + ')'
        return text


def program_text(root, rng):
    """The graph as a program: statements, the last of which is the output."""
    return Writer(root, rng).program()
