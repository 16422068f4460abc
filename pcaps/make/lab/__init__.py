# SPDX-License-Identifier: Apache-2.0
"""The laboratory behind the captures: a small victim network, a pretended Internet, one mirror port.

    network.py   hosts (network namespaces) on one switch (a bridge), none with a way out
    clock.py     story time: programs and packets both live at the date of the story
    services.py  resolver, certificate authority, web sites and other servers
    capture.py   tcpdump on the switch, then the time shift
    check.py     does the file show what its story promises?
    stage.py     Lab, what a story is given to play with
"""
