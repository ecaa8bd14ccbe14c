//! The bridge to SQLite: the only unsafe code of this layer.
//!
//! A file as SQLite sees it is one block of memory: [`ShimFile`], and behind it the file of the real VFS.
//! Methods that change nothing on the disk are forwarded; the others run inside the recorder.

#![expect(
    unsafe_code,
    reason = "a SQLite VFS is a table of C functions over C structures"
)]

use std::ffi::{CStr, CString, OsStr};
use std::io;
use std::os::raw::{c_char, c_int, c_void};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use rusqlite::ffi;

use super::fault::FaultOperation;
use super::log::{FileId, OpenRequest, Recorder};

/// What the registered VFS carries in `pAppData`.
struct Context {
    recorder: Arc<Recorder>,
    real: *mut ffi::sqlite3_vfs,
}

/// A file that the log knows.
struct TrackedFile {
    recorder: Arc<Recorder>,
    path: PathBuf,
    file: FileId,
    /// The real VFS syncs the directory at the first successful sync of a journal or write-ahead log.
    directory_sync_due: AtomicBool,
}

impl TrackedFile {
    fn key(&self) -> (&Path, FileId) {
        (&self.path, self.file)
    }
}

/// SQLite's view of an open file. `tracked` is null for temporary files.
#[repr(C)]
struct ShimFile {
    base: ffi::sqlite3_file,
    tracked: *mut TrackedFile,
}

/// Registers a VFS that wraps the default one and gives its name, unique in this process.
pub(super) fn register(recorder: Arc<Recorder>) -> io::Result<&'static str> {
    static REGISTERED: AtomicU64 = AtomicU64::new(0);
    let number = REGISTERED.fetch_add(1, Ordering::Relaxed);
    let name: &'static str = Box::leak(format!("pandaprobe-faultfs-{number}").into_boxed_str());
    let c_name = CString::new(name)?.into_raw();

    // SAFETY: "unix" is built in and never unregistered, so the pointer stays valid; SQLite initialises
    // itself here.
    let real = unsafe { ffi::sqlite3_vfs_find(c"unix".as_ptr()) };
    if real.is_null() {
        return Err(io::Error::other("SQLite has no unix VFS"));
    }
    let context = Box::into_raw(Box::new(Context { recorder, real }));

    // SAFETY: `real` is valid, and a plain structure of numbers and function pointers. Of the methods that
    // are kept as they are, the unix VFS reads nothing from its first argument.
    let mut vfs = unsafe { ptr::read(real) };
    vfs.szOsFile += size_of::<ShimFile>() as c_int;
    vfs.pNext = ptr::null_mut();
    vfs.zName = c_name;
    vfs.pAppData = context.cast();
    vfs.xOpen = Some(open);
    vfs.xDelete = Some(delete);

    // SAFETY: the structure, its name and its context are leaked: they outlive every connection.
    let code = unsafe { ffi::sqlite3_vfs_register(Box::into_raw(Box::new(vfs)), 0) };
    if code == ffi::SQLITE_OK {
        Ok(name)
    } else {
        Err(io::Error::other(format!(
            "SQLite refused the VFS with code {code}"
        )))
    }
}

unsafe extern "C" fn open(
    vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    // SAFETY: SQLite passes the structure made by `register`, a block of `szOsFile` bytes aligned to 8 or
    // more for `file`, and a name that is null or ends in NUL.
    let (context, path) = unsafe { (context(vfs), path_of(name)) };
    let open_real = || {
        // SAFETY: the real VFS gets the very arguments of SQLite, and its own part of the block.
        unsafe {
            ptr::write_bytes(file.cast::<u8>(), 0, size_of::<ShimFile>());
            match (*context.real).xOpen {
                Some(open) => open(context.real, name, real(file), flags, out_flags),
                None => ffi::SQLITE_CANTOPEN,
            }
        }
    };
    let outcome = match path.filter(|_| flags & DURABLE_KINDS != 0) {
        Some(path) => open_tracked(context, path, flags, open_real),
        None => match open_real() {
            ffi::SQLITE_OK => Ok(ptr::null_mut()),
            code => Err(code),
        },
    };
    match outcome {
        Ok(tracked) => {
            // SAFETY: `file` points to at least a `ShimFile`, zeroed by `open_real`.
            unsafe {
                (*file.cast::<ShimFile>()).tracked = tracked;
                (*file).pMethods = &raw const METHODS;
            }
            ffi::SQLITE_OK
        }
        Err(code) => {
            // SAFETY: as above. Without methods SQLite does not close the file; the unix VFS has released
            // what it had when it reports an error.
            unsafe { (*file).pMethods = ptr::null() };
            code
        }
    }
}

/// Files that are expected back after a power cut. All others are deleted when they are closed.
const DURABLE_KINDS: c_int = ffi::SQLITE_OPEN_MAIN_DB
    | ffi::SQLITE_OPEN_MAIN_JOURNAL
    | ffi::SQLITE_OPEN_SUPER_JOURNAL
    | ffi::SQLITE_OPEN_WAL;

fn open_tracked(
    context: &Context,
    path: &Path,
    flags: c_int,
    open_real: impl FnOnce() -> c_int,
) -> Result<*mut TrackedFile, c_int> {
    let recorder = &context.recorder;
    let path = recorder.relative(path).ok_or(ffi::SQLITE_CANTOPEN)?;
    let request = OpenRequest {
        is_main_database: flags & ffi::SQLITE_OPEN_MAIN_DB != 0,
        may_create: flags & ffi::SQLITE_OPEN_CREATE != 0,
    };
    let file = recorder.open(&path, request, open_real)?;
    Ok(Box::into_raw(Box::new(TrackedFile {
        recorder: Arc::clone(recorder),
        path,
        file,
        directory_sync_due: AtomicBool::new(request.may_create && !request.is_main_database),
    })))
}

unsafe extern "C" fn delete(
    vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    sync_directory: c_int,
) -> c_int {
    // SAFETY: SQLite passes the structure made by `register` and a name that ends in NUL.
    let (context, path) = unsafe { (context(vfs), path_of(name)) };
    let delete_real = || {
        // SAFETY: the real VFS gets the very arguments of SQLite.
        unsafe {
            match (*context.real).xDelete {
                Some(delete) => delete(context.real, name, sync_directory),
                None => ffi::SQLITE_IOERR_DELETE,
            }
        }
    };
    match path.and_then(|path| context.recorder.relative(path)) {
        Some(path) => code(
            context
                .recorder
                .delete(&path, sync_directory & 1 != 0, delete_real),
        ),
        None => delete_real(),
    }
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: SQLite closes an open file once and does not use it afterwards, so the box is freed once.
    unsafe {
        let shim = file.cast::<ShimFile>();
        if !(*shim).tracked.is_null() {
            drop(Box::from_raw((*shim).tracked));
            (*shim).tracked = ptr::null_mut();
        }
        close_real(file)
    }
}

unsafe extern "C" fn write(
    file: *mut ffi::sqlite3_file,
    buffer: *const c_void,
    amount: c_int,
    offset: i64,
) -> c_int {
    // SAFETY: `file` is open; `buffer` holds `amount` bytes and is not changed during the call.
    let (tracked, bytes) = unsafe {
        let length = usize::try_from(amount).unwrap_or(0);
        (
            tracked(file),
            std::slice::from_raw_parts(buffer.cast::<u8>(), length),
        )
    };
    // SAFETY: forwards the arguments of SQLite.
    let real = || unsafe { write_real(file, buffer, amount, offset) };
    match tracked {
        Some(tracked) => code(tracked.recorder.write(
            tracked.key(),
            offset.unsigned_abs(),
            bytes,
            real,
        )),
        None => real(),
    }
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, size: i64) -> c_int {
    // SAFETY: `file` is open; the rest forwards the arguments of SQLite.
    unsafe {
        match tracked(file) {
            Some(tracked) => code(tracked.recorder.resize(
                tracked.key(),
                Some(FaultOperation::Truncate),
                || length(file),
                || truncate_real(file, size),
            )),
            None => truncate_real(file, size),
        }
    }
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, flags: c_int) -> c_int {
    // SAFETY: `file` is open; the rest forwards the arguments of SQLite.
    unsafe {
        let Some(tracked) = tracked(file) else {
            return sync_real(file, flags);
        };
        let with_directory = tracked.directory_sync_due.load(Ordering::Relaxed);
        let outcome = tracked
            .recorder
            .sync(tracked.key(), with_directory, || sync_real(file, flags));
        if outcome.is_ok() {
            tracked.directory_sync_due.store(false, Ordering::Relaxed);
        }
        code(outcome)
    }
}

unsafe extern "C" fn file_control(
    file: *mut ffi::sqlite3_file,
    operation: c_int,
    argument: *mut c_void,
) -> c_int {
    // SAFETY: `file` is open; the rest forwards the arguments of SQLite.
    unsafe {
        match tracked(file) {
            // With a chunk size or a memory map, the hint makes the file longer without a write.
            Some(tracked) if operation == ffi::SQLITE_FCNTL_SIZE_HINT => {
                code(tracked.recorder.resize(
                    tracked.key(),
                    None,
                    || length(file),
                    || file_control_real(file, operation, argument),
                ))
            }
            _ => file_control_real(file, operation, argument),
        }
    }
}

/// A device that writes many pages at once or not at all would need a log of its own.
unsafe extern "C" fn device_characteristics(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: forwards the arguments of SQLite.
    unsafe { device_characteristics_real(file) & !ffi::SQLITE_IOCAP_BATCH_ATOMIC }
}

unsafe extern "C" fn shm_barrier(file: *mut ffi::sqlite3_file) {
    // SAFETY: `file` is open, its real part carries its own methods.
    unsafe {
        let real = real(file);
        if let Some(method) = (*(*real).pMethods).xShmBarrier {
            method(real);
        }
    }
}

/// Functions that call a method of the real file behind a shim file.
macro_rules! forward {
    ($($name:ident = $method:ident($($argument:ident: $kind:ty),*);)*) => {
        $(unsafe extern "C" fn $name(file: *mut ffi::sqlite3_file, $($argument: $kind),*) -> c_int {
            // SAFETY: `file` is open, so its real part carries its own methods; the arguments are SQLite's.
            unsafe {
                let real = real(file);
                match (*(*real).pMethods).$method {
                    Some(method) => method(real, $($argument),*),
                    None => ffi::SQLITE_IOERR,
                }
            }
        })*
    };
}

forward! {
    close_real = xClose();
    read = xRead(buffer: *mut c_void, amount: c_int, offset: i64);
    write_real = xWrite(buffer: *const c_void, amount: c_int, offset: i64);
    truncate_real = xTruncate(size: i64);
    sync_real = xSync(flags: c_int);
    file_size = xFileSize(size: *mut i64);
    lock = xLock(level: c_int);
    unlock = xUnlock(level: c_int);
    check_reserved_lock = xCheckReservedLock(result: *mut c_int);
    file_control_real = xFileControl(operation: c_int, argument: *mut c_void);
    sector_size = xSectorSize();
    device_characteristics_real = xDeviceCharacteristics();
    shm_map = xShmMap(page: c_int, page_size: c_int, extend: c_int, memory: *mut *mut c_void);
    shm_lock = xShmLock(offset: c_int, count: c_int, flags: c_int);
    shm_unmap = xShmUnmap(delete: c_int);
    fetch = xFetch(offset: i64, amount: c_int, memory: *mut *mut c_void);
    unfetch = xUnfetch(offset: i64, memory: *mut c_void);
}

static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    iVersion: 3,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: Some(fetch),
    xUnfetch: Some(unfetch),
};

/// Safety: `vfs` must have been made by `register`.
unsafe fn context<'a>(vfs: *mut ffi::sqlite3_vfs) -> &'a Context {
    // SAFETY: `register` leaked the context, so the reference is valid for ever.
    unsafe { &*(*vfs).pAppData.cast::<Context>() }
}

/// Safety: `name` must be null or end in NUL, and live as long as the result is used.
unsafe fn path_of<'a>(name: *const c_char) -> Option<&'a Path> {
    if name.is_null() {
        return None;
    }
    // SAFETY: the caller promises the NUL.
    let name = unsafe { CStr::from_ptr(name) };
    Some(Path::new(OsStr::from_bytes(name.to_bytes())))
}

/// The file of the real VFS, behind the shim's. Safety: `file` must be a block made for our VFS.
unsafe fn real(file: *mut ffi::sqlite3_file) -> *mut ffi::sqlite3_file {
    // SAFETY: the block has `size_of::<ShimFile>()` bytes before the real file.
    unsafe { file.cast::<ShimFile>().add(1).cast() }
}

/// Safety: `file` must be open, and stay so while the result is used.
unsafe fn tracked<'a>(file: *mut ffi::sqlite3_file) -> Option<&'a TrackedFile> {
    // SAFETY: `open` set the pointer to null or to a box that only `close` frees.
    unsafe { (*file.cast::<ShimFile>()).tracked.as_ref() }
}

/// Safety: `file` must be open.
unsafe fn length(file: *mut ffi::sqlite3_file) -> Result<u64, c_int> {
    let mut size = 0;
    // SAFETY: the caller promises an open file; `size` outlives the call.
    match unsafe { file_size(file, &raw mut size) } {
        ffi::SQLITE_OK => Ok(size.unsigned_abs()),
        code => Err(code),
    }
}

fn code(outcome: Result<(), c_int>) -> c_int {
    outcome.err().unwrap_or(ffi::SQLITE_OK)
}
