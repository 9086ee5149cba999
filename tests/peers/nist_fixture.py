"""Some of NIST's nonlinear regression problems as tables of C, for tests/test_nist.c.

    python3 tests/peers/nist_fixture.py FOLDER > tests/nist_fixture.h

FOLDER holds NIST's own files (NAME.dat, Statistical Reference Datasets, nonlinear
regression). Numbers are copied as they are written there."""
import pathlib
import re
import sys

PROBLEMS = ['Misra1a', 'Misra1b', 'Misra1c', 'Misra1d', 'DanWood', 'Lanczos3', 'Roszman1', 'MGH09', 'BoxBOD', 'Rat42',
            'Rat43', 'Eckerle4', 'Thurber']
PARAMETER = re.compile(r'\s*b\d+ =\s+(\S+)\s+(\S+)\s+(\S+)\s+(\S+)\s*$')


def read(path):
    """(level, parameters as four columns, sum of squares, rows of data), all still text."""
    lines = path.read_text(encoding='utf-8').splitlines()
    level = next(line.split()[0] for line in lines if 'Level of Difficulty' in line)
    parameters = [match.groups() for match in map(PARAMETER.match, lines) if match]
    ssr = next(line.split(':')[1].strip() for line in lines if line.startswith('Residual Sum of Squares'))
    start = max(k for k, line in enumerate(lines) if line.startswith('Data:'))
    return level, list(zip(*parameters)), ssr, [line.split() for line in lines[start + 1:] if line.strip()]


def number(text):
    return text if re.search(r'[.eE]', text) else text + '.'


def show(values, width=100):
    """The numbers in lines."""
    lines, line = [], ''
    for value in map(number, values):
        if len(line) + len(value) > width:
            lines.append(line)
            line = ''
        line += value + ', '
    return '\n        '.join(text.rstrip() for text in lines + [line]).rstrip(',')


def problem(folder, name):
    level, columns, ssr, rows = read(folder / f'{name}.dat')
    fields = [f'    {{"{name}", {name.lower()}, {len(columns[0])}, {len(rows)}, /* {level.lower()} */']
    fields += [f'     {{{show(column)}}},' for column in columns]
    fields += [f'     {number(ssr)},', f'     {{{show([row[1] for row in rows])}}},',
               f'     {{{show([row[0] for row in rows])}}}}},']
    return '\n'.join(fields)


def main():
    folder = pathlib.Path(sys.argv[1])
    print('/* nist_fixture.h - made by tests/peers/nist_fixture.py from the files of NIST\'s Statistical\n'
          ' * Reference Datasets: two starts, certified parameters, their standard deviations, the sum\n'
          ' * of squares, x and y. */')
    print('/* clang-format off */')
    print('static const nist_problem problems[] = {')
    for name in PROBLEMS:
        print(problem(folder, name))
    print('};')
    print('/* clang-format on */')


if __name__ == '__main__':
    main()
