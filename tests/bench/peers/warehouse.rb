# The poll in itamae: the source, its newest package, and what configures the service.
remote_file "/etc/apt/sources.list.d/internal.sources" do
  source "/root/peers/internal.sources"; owner "root"; group "root"; mode "0644"
end
execute "apt-get -qq update"
execute "apt-get -qqy install --only-upgrade warehouse" # its own resource knows "installed" and no "newest"
group "warehouse"
user "warehouse" do gid "warehouse"; system_user true; shell "/usr/sbin/nologin" end
directory "/var/lib/warehouse" do owner "warehouse"; group "warehouse"; mode "0750" end
template "/etc/warehouse/gunicorn.conf.py" do
  source "/root/peers/gunicorn.conf.py.erb"; owner "root"; group "warehouse"; mode "0640"; variables(port: 9000)
end
remote_file "/etc/nginx/sites-enabled/warehouse" do
  source "/root/peers/warehouse"; owner "root"; group "root"; mode "0644"
end
remote_file "/etc/systemd/system/warehouse.service" do
  source "/root/peers/warehouse.service"; owner "root"; group "root"; mode "0644"
end
