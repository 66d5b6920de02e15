# The poll in Puppet: the source, its newest package, and what configures the service.
file { '/etc/apt/sources.list.d/internal.sources':
  source => '/root/peers/internal.sources', owner => root, group => root, mode => '0644',
}
# As a condition, so that a refresh without news is no change.
-> exec { 'refresh': command => '/bin/true', unless => '/usr/bin/apt-get -qq update' }
-> package { 'warehouse': ensure => latest }
group { 'warehouse': ensure => present, system => true }
user { 'warehouse': ensure => present, system => true, gid => 'warehouse', shell => '/usr/sbin/nologin' }
file { '/var/lib/warehouse': ensure => directory, owner => warehouse, group => warehouse, mode => '0750' }
$port = 9000
file { '/etc/warehouse/gunicorn.conf.py':
  content => inline_template(file('/root/peers/gunicorn.conf.py.erb')), owner => root, group => warehouse, mode => '0640',
}
file { '/etc/nginx/sites-enabled/warehouse':
  source => '/root/peers/warehouse', owner => root, group => root, mode => '0644',
}
file { '/etc/systemd/system/warehouse.service':
  source => '/root/peers/warehouse.service', owner => root, group => root, mode => '0644',
}
