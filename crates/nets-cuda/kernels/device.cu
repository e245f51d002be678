// What the kernel's words mean to NVRTC.
#define DEVICE static __device__ __forceinline__
#define DEVICE_MEMBER __device__ __forceinline__
#define KERNEL(name) extern "C" __global__ void __launch_bounds__(THREADS, RESIDENT) name
#define SHARED(name) extern __shared__ __align__(16) unsigned char name[]
#define BARRIER(n) __syncthreads()
