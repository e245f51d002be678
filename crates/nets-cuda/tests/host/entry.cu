// Called by the tests: the launch as the card would have it.
extern "C" void launch_on_host(const Launch *launch, unsigned blocks, size_t bytes) { shim::run(*launch, blocks, bytes); }
