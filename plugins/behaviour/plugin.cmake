set(plugin_libraries m)
