# SHA-256, in the checksums of wallet addresses.
set(plugin_libraries crypto)
