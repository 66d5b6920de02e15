"""The same 300 resources in the language of dray, CFEngine, Puppet or itamae.

usage: descriptions.py LANGUAGE SETTINGS COPIES
SETTINGS is a JSON object of kernel settings and their values. What a peer has no resource type for (units, the files
of timers, kernel settings) it has as files, compared with copies in the folder COPIES of what dray has made.
"""
import json
import sys

language, settings, copies = sys.argv[1], json.loads(sys.argv[2]), sys.argv[3]

# In the order in which they are described: folders before what is in them.
COUNTS = {"folder": 40, "file": 110, "template": 40, "link": 20, "line": 20, "service": 20, "user": 10, "unit": 10,
          "timer": 10}
PACKAGES = ["apt", "base-files", "bash", "coreutils", "dpkg", "findutils", "grep", "gzip", "sed", "tar"]

DRAY = {
    "folder": '[[resource]]\ntype = "directory"\nname = "/srv/bench/folder@"\nparents = true',
    "file": '[[resource]]\ntype = "file"\nname = "/srv/bench/file@"\ncontent = "the content of file @\\n"',
    "template": '[[resource]]\ntype = "template"\nname = "/srv/bench/template@"\nsource = "templates/port.mustache"',
    "link": '[[resource]]\ntype = "link"\nname = "/srv/bench/link@"\ntarget = "file@"',
    "line": '[[resource]]\ntype = "line"\nname = "line @"\npath = "/srv/lines"\nline = "the line @"',
    "user": '[[resource]]\ntype = "user"\nname = "bench@"\nsystem = true\nshell = "/usr/sbin/nologin"',
    "unit": '[[resource]]\ntype = "unit"\nname = "benchunit@.service"\ncontent = "[Service]\\nExecStart=/usr/bin/true\\n"',
    "service": '[[resource]]\ntype = "service"\nname = "bench@.service"',
    "timer": '[[resource]]\ntype = "timer"\nname = "benchtimer@"\ncommand = ["true"]\nschedule = "Mon *-*-* 04:00"',
    "package": '[[resource]]\ntype = "package"\nname = "@"',
}
PUPPET = {
    "folder": 'file { "/srv/bench/folder@": ensure => directory, owner => root, group => root, mode => "0755" }',
    "file": 'file { "/srv/bench/file@": owner => root, group => root, mode => "0644", content => "the content of file @\\n" }',
    "template": 'file { "/srv/bench/template@": owner => root, group => root, mode => "0644",'
                " content => inline_template('port = <%= @port %>\n') }".replace("@port", "%port"),
    "link": 'file { "/srv/bench/link@": ensure => link, target => "file@" }',
    "line": 'file_line { "line @": path => "/srv/lines", line => "the line @" }',
    "user": 'user { "bench@": ensure => present, system => true, shell => "/usr/sbin/nologin" }',
    "service": 'service { "bench@": ensure => running, enable => true }',
    "timer": 'service { "benchtimer@.timer": ensure => running, enable => true }',
    "package": 'package { "@": ensure => installed }',
    "made": 'file { "@": source => "#", owner => root, group => root, mode => "0644" }',
}
ITAMAE = {
    "folder": 'directory "/srv/bench/folder@" do owner "root"; group "root"; mode "0755" end',
    "file": 'file "/srv/bench/file@" do owner "root"; group "root"; mode "0644"; content "the content of file @\\n" end',
    "template": 'template "/srv/bench/template@" do\n  source "/root/peers/port.erb"; owner "root"; group "root"; mode "0644"'
                "; variables(port: 9000)\nend",
    "link": 'link "/srv/bench/link@" do to "file@" end',
    "line": 'file "/srv/lines" do\n  action :edit\n'
            '  block { |text| text << "the line @\\n" unless text.include?("the line @\\n") }\nend',
    "user": 'user "bench@" do system_user true; shell "/usr/sbin/nologin" end',
    "service": 'service "bench@" do action [:enable, :start] end',
    "timer": 'service "benchtimer@.timer" do action [:enable, :start] end',
    "package": 'package "@"',
    "made": 'remote_file "@" do source "#"; owner "root"; group "root"; mode "0644" end',
}
CFENGINE = {
    "folder": 'files: "/srv/bench/folder@/." create => "true", perms => mog("0755", "root", "root");',
    "file": 'files: "/srv/bench/file@" create => "true", content => "the content of file @\n", perms => mog("0644", "root", "root");',
    "template": 'files: "/srv/bench/template@" edit_template => "/root/peers/port.mustache",'
                ' template_method => "mustache", template_data => %(values), perms => mog("0644", "root", "root");',
    "link": 'files: "/srv/bench/link@" link_from => ln_s("file@");',
    "line": 'files: "/srv/lines" handle => "line_@", edit_line => insert_lines("the line @");',
    "user": 'users: "bench@" policy => "locked", shell => "/usr/sbin/nologin";',
    "service": 'services: "bench@" service_policy => "start";',
    "timer": 'services: "benchtimer@.timer" service_policy => "start";',
    "package": 'packages: "@" policy => "present", package_module => apt_get;',
    "made": 'files: "@" copy_from => local_dcp("#"), perms => mog("0644", "root", "root");',
}
BEFORE = {
    "dray": '[recipe]\nname = "bench"\n[attributes]\nport = 9000',
    "puppet": "$port = 9000",
    "itamae": "",
    "cfengine": 'body file control { inputs => { "/usr/share/cfengine3/masterfiles/lib/stdlib.cf" }; }\n'
                'body common control { bundlesequence => { "bench" }; }\nbundle agent bench {\n'
                "vars: \"values\" data => parsejson('{\"port\": 9000}');",
}


def made_files():
    for number in range(COUNTS["unit"]):
        yield f"/etc/systemd/system/benchunit{number}.service"
    for number in range(COUNTS["timer"]):
        yield from (f"/etc/systemd/system/benchtimer{number}.{suffix}" for suffix in ("timer", "service"))
    yield from (f"/etc/sysctl.d/60-dray-{name}.conf" for name in settings)


def main():
    if language == "made":
        print("\n".join(made_files()))
        return
    kinds = {"dray": DRAY, "puppet": PUPPET, "itamae": ITAMAE, "cfengine": CFENGINE}[language]
    print(BEFORE[language])
    for kind, count in COUNTS.items():
        for number in range(count if kind in kinds else 0):
            print(kinds[kind].replace("@", str(number)).replace("%port", "@port").replace("%(values)", "@(values)"))
    for package in PACKAGES:
        print(kinds["package"].replace("@", package))
    if language == "dray":
        for name, value in settings.items():
            print(f'[[resource]]\ntype = "sysctl"\nname = "{name}"\nvalue = {json.dumps(value)}')
    else:
        for path in made_files():
            print(kinds["made"].replace("@", path).replace("#", f"{copies}/{path.rsplit('/', 1)[1]}"))
    if language == "cfengine":
        print("}")


main()
