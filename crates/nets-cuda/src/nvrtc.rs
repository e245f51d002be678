//! NVRTC, CUDA's compiler at run time: where it is looked for, and a kernel's text made machine code.

use base::{Code, Error, Result};
use cudarc::nvrtc::{result, sys};
use std::ffi::CString;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// One line that installs it, without the rest of CUDA.
pub const INSTALL: &str = "pip install nvidia-cuda-nvrtc";
/// A folder that holds it, looked into first.
pub const VARIABLE: &str = "FPRINCIPLE_NVRTC";

/// NVRTC as it was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Nvrtc {
    pub version: (i32, i32),
    /// `None`: where the system's loader looks by itself.
    pub folder: Option<PathBuf>,
}

/// Where it is looked for after the system's own places.
pub fn folders() -> Vec<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).map(PathBuf::from);
    let mut folders: Vec<PathBuf> = variable(VARIABLE).into_iter().collect();
    for root in ["CUDA_HOME", "CUDA_PATH", "CUDA_ROOT"]
        .into_iter()
        .filter_map(variable)
        .chain([PathBuf::from("/usr/local/cuda")])
    {
        folders.extend([root.join("lib64"), root.join("lib")]);
    }
    // Python's packages: of the environment that is active, the user's, the system's.
    let environments = ["VIRTUAL_ENV", "CONDA_PREFIX"].into_iter().filter_map(variable);
    let user = variable("HOME").map(|home| home.join(".local"));
    for prefix in environments.chain(user).chain(["/usr/local", "/usr"].map(PathBuf::from)) {
        for python in entries(&prefix.join("lib"), "python3") {
            for packages in ["site-packages", "dist-packages"] {
                let nvidia = python.join(packages).join("nvidia");
                folders.extend(["cu13", "cuda_nvrtc"].map(|package| nvidia.join(package).join("lib")));
            }
        }
    }
    folders
}

/// What of a folder begins so, in order.
fn entries(folder: &Path, beginning: &str) -> Vec<PathBuf> {
    let named = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(beginning));
    let mut found: Vec<PathBuf> =
        std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).filter(named).collect();
    found.sort();
    found
}

/// Finds NVRTC and loads it, once in a process.
///
/// # Errors
/// `CUDA_UNAVAILABLE` with what to install and where it was looked for.
pub fn load() -> Result<Nvrtc> {
    static LOADED: Mutex<Option<Nvrtc>> = Mutex::new(None);
    let mut loaded = LOADED.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(found) = &*loaded {
        return Ok(found.clone());
    }
    let chosen = std::env::var_os(VARIABLE).is_some();
    let mut found = if chosen { None } else { version().map(|version| Nvrtc { version, folder: None }) };
    for folder in folders() {
        if found.is_some() {
            break;
        }
        if open(&folder) {
            found = version().map(|version| Nvrtc { version, folder: Some(folder) });
        }
    }
    let Some(found) = found else {
        let places: Vec<String> = folders().iter().map(|folder| folder.display().to_string()).collect();
        let message = format!(
            "NVRTC, CUDA's compiler at run time, is not here: `{INSTALL}` installs it; looked where the system's loader looks, \
             and in {}; {VARIABLE} names another folder",
            places.join(", ")
        );
        return Err(Error::new(Code::CudaUnavailable, message));
    };
    *loaded = Some(found.clone());
    Ok(found)
}

/// Loads the libraries of a folder for good: whoever asks for them by name then gets these.
fn open(folder: &Path) -> bool {
    #[cfg(unix)]
    {
        use libloading::os::unix::{Library, RTLD_GLOBAL, RTLD_NOW};
        // The compiler looks for its builtins by name only: they come first.
        let mut all = entries(folder, "libnvrtc-builtins.so");
        let compilers = entries(folder, "libnvrtc.so");
        if compilers.is_empty() {
            return false;
        }
        all.extend(compilers);
        let mut opened = false;
        for path in all {
            // SAFETY: NVIDIA's libraries, whose initialisers ask nothing of us.
            if let Ok(library) = unsafe { Library::open(Some(&path), RTLD_NOW | RTLD_GLOBAL) } {
                std::mem::forget(library);
                opened = true;
            }
        }
        opened
    }
    #[cfg(not(unix))]
    {
        let _ = folder;
        false
    }
}

fn version() -> Option<(i32, i32)> {
    // SAFETY: it looks for the library, no more.
    let present = catch_unwind(|| unsafe { sys::is_culib_present() }).unwrap_or(false);
    if !present {
        return None;
    }
    catch_unwind(|| {
        let (mut major, mut minor) = (0, 0);
        // SAFETY: both places are there.
        unsafe { sys::nvrtcVersion(&mut major, &mut minor) }.result().ok().map(|()| (major, minor))
    })
    .ok()
    .flatten()
}

/// Machine code and what the assembler says about it.
pub struct Cubin {
    pub code: Vec<u8>,
    pub log: String,
}

/// Compiles for cards of that compute capability (`90`).
///
/// # Errors
/// `CUDA_UNAVAILABLE` without NVRTC, `INTERNAL` with the compiler's words.
pub fn compile(text: &str, architecture: u32) -> Result<Cubin> {
    let nvrtc = load()?;
    let source = CString::new(text).map_err(|_| Error::new(Code::Internal, "a kernel's text holds a zero"))?;
    let options = [
        format!("--gpu-architecture=sm_{architecture}"),
        "--std=c++17".to_owned(),
        "--ptxas-options=-v".to_owned(),
        "--diag-suppress=177".to_owned(),
    ];
    let internal = |what: &str, log: &str| {
        let (major, minor) = nvrtc.version;
        Error::new(Code::Internal, format!("NVRTC {major}.{minor} {what} for sm_{architecture}: {log}"))
    };
    catch_unwind(|| {
        let program = result::create_program(&source, None).map_err(|error| internal("failed", &error.to_string()))?;
        // SAFETY: the program is destroyed after the last use, the source outlives it.
        unsafe {
            let compiled = result::compile_program(program, &options);
            let log = result::get_program_log(program).unwrap_or_default();
            let log: Vec<u8> = log.into_iter().map(|byte| byte as u8).take_while(|&byte| byte != 0).collect();
            let log = String::from_utf8_lossy(&log).into_owned();
            let mut code = Vec::new();
            let mut size = 0;
            if compiled.is_ok() && sys::nvrtcGetCUBINSize(program, &mut size).result().is_ok() {
                code = vec![0; size];
                if sys::nvrtcGetCUBIN(program, code.as_mut_ptr().cast()).result().is_err() {
                    code.clear();
                }
            }
            let _ = result::destroy_program(program);
            match (compiled, code.is_empty()) {
                (Ok(()), false) => Ok(Cubin { code, log }),
                _ => Err(internal("could not compile a kernel", &log)),
            }
        }
    })
    .unwrap_or_else(|_| Err(internal("failed", "its functions could not be loaded")))
}
