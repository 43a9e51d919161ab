"""What is doubtful in a data set: duplicates, label errors, pictures without a face."""

from mien.audit.audit import Audit, AuditCounts, audit
from mien.audit.report import write_audit
from mien.audit.run import audit_data

__all__ = ["Audit", "AuditCounts", "audit", "audit_data", "write_audit"]
