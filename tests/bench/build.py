# SPDX-License-Identifier: Apache-2.0
"""Builds what the benchmarks run, below build/bench: the sensor as it is shipped, and the programs of this folder beside it."""
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
WORK = os.path.join(ROOT, 'build', 'bench')
GEO = os.path.join(ROOT, 'build', 'geo', 'haetae.mmdb')
WARNINGS = ['-Wall', '-Wextra', '-Wshadow', '-Wconversion', '-Wstrict-prototypes']


def sh(*command):
    """Runs a command that must succeed; returns what it printed."""
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        sys.exit(f"bench: {' '.join(command)} failed:\n{done.stdout[-2000:]}")
    return done.stdout


def sensor():
    """The build tree of the release: BENCH_TREE when somebody has built it already."""
    if os.environ.get('BENCH_TREE'):
        return os.path.abspath(os.environ['BENCH_TREE'])
    sh(os.path.join(ROOT, 'sensor', 'install-packages'), 'build', 'geo', 'bench')
    if not os.path.exists(GEO):
        sh(os.path.join(ROOT, 'geo', 'build'), '-o', GEO)
    tree = os.path.join(WORK, 'tree')
    os.makedirs(tree, exist_ok=True)
    sh('cmake', '-S', ROOT, '-B', tree, '-DCMAKE_BUILD_TYPE=Release')
    sh('cmake', '--build', tree, '-j', str(os.cpu_count()), '--target', 'haetae')
    return tree


def compile_program(name, sources, flags):
    out = os.path.join(WORK, name)
    os.makedirs(WORK, exist_ok=True)
    sh(os.environ.get('CC', 'gcc'), '-std=gnu11', '-O2', '-g', '-fno-lto', '-D_GNU_SOURCE', *WARNINGS, '-o', out,
       *[os.path.join(HERE, s) for s in sources], *flags)
    return out


def loops():
    """The two yardsticks: they know nothing of the sensor."""
    bare = compile_program('bare_loop', ['bare_loop.c'], sh('pkg-config', '--cflags', '--libs', 'libndpi', 'libpcap').split())
    read = compile_program('read_loop', ['read_loop.c'], sh('pkg-config', '--cflags', '--libs', 'libpcap').split())
    return bare, read


def micro(tree):
    """The micro-benchmarks, with the layers' own static libraries."""
    folders = [os.path.join(tree, 'sensor'), os.path.join(tree, 'geo')]
    archives = [os.path.join(f, a) for f in folders for a in sorted(os.listdir(f)) if a.endswith('.a') and a != 'librun.a']
    with open(os.path.join(tree, 'sensor', 'CMakeFiles', 'haetae.dir', 'link.txt')) as file:
        libraries = [w for w in file.read().split() if w.endswith('.so') or w.startswith('-l')]   # those of the sensor itself
    return compile_program('micro', ['micro.c', 'micro_packet.c', 'micro_event.c', 'micro_sample.c'],
                           ['-iquote', os.path.join(tree, 'layers', 'run'), '-iquote', HERE, '-Wl,--wrap=hash_key_random',
                            '-Wl,--start-group', *archives, '-Wl,--end-group', *libraries, '-lpthread'])
