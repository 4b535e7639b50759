import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import tilisilta.store.company


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        migrations.CreateModel(
            name="BudgetWindow",
            fields=[
                ("key", models.CharField(max_length=120, primary_key=True, serialize=False)),
                ("starts_at", models.BigIntegerField(default=0)),
                ("used", models.IntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="Company",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=200, verbose_name="name")),
                ("registry_code", models.CharField(blank=True, max_length=20, verbose_name="registry code")),
                ("vat_number", models.CharField(blank=True, max_length=20, verbose_name="VAT number")),
                ("country", models.CharField(default="EE", max_length=2, verbose_name="country")),
                ("time_zone", models.CharField(default="Europe/Tallinn", max_length=50, verbose_name="time zone")),
                ("base_currency", models.CharField(default="EUR", max_length=3, verbose_name="currency of the books")),
                ("language", models.CharField(default="et", max_length=5, verbose_name="language")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "verbose_name_plural": "companies",
            },
        ),
        migrations.CreateModel(
            name="Connection",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("vendor", models.CharField(max_length=30)),
                ("name", models.CharField(max_length=100, verbose_name="name")),
                ("settings", models.JSONField(default=dict)),
                ("sealed_credentials", models.BinaryField(default=bytes)),
                ("hints", models.JSONField(default=dict)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("new", "Not tested yet"),
                            ("active", "Active"),
                            ("needs_reconnect", "Needs reconnecting"),
                            ("inactive", "Inactive"),
                        ],
                        default="new",
                        max_length=20,
                    ),
                ),
                ("environment", models.CharField(blank=True, max_length=200)),
                ("details", models.JSONField(default=dict)),
                ("problem_code", models.CharField(blank=True, max_length=60)),
                ("problem_params", models.JSONField(default=dict)),
                ("evidence", models.JSONField(default=dict)),
                ("checked_at", models.DateTimeField(blank=True, null=True)),
                ("activated_at", models.DateTimeField(blank=True, null=True)),
                ("deactivated_at", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="connections", to="store.company"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["company", "vendor"], name="connection_vendor")],
            },
        ),
        migrations.CreateModel(
            name="StoredFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=255)),
                ("sha256", models.CharField(max_length=64)),
                ("size_bytes", models.BigIntegerField()),
                (
                    "origin",
                    models.CharField(
                        choices=[("upload", "Upload"), ("api", "API"), ("folder", "Watched folder")], max_length=10
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("received", "Received"), ("read", "Read"), ("refused", "Refused")],
                        default="received",
                        max_length=10,
                    ),
                ),
                ("format", models.CharField(blank=True, max_length=40)),
                ("document_count", models.PositiveIntegerField(default=0)),
                ("problems", models.JSONField(default=list)),
                ("received_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="files", to="store.company"
                    ),
                ),
                (
                    "connection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="files", to="store.connection"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("connection", "sha256"), name="file_once")],
                "indexes": [models.Index(fields=["company", "-received_at"], name="file_list")],
            },
        ),
        migrations.CreateModel(
            name="User",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                (
                    "is_superuser",
                    models.BooleanField(
                        default=False,
                        help_text="Designates that this user has all permissions without explicitly assigning them.",
                        verbose_name="superuser status",
                    ),
                ),
                ("email", models.EmailField(max_length=254, unique=True, verbose_name="e-mail address")),
                ("name", models.CharField(blank=True, max_length=150, verbose_name="name")),
                ("language", models.CharField(blank=True, max_length=5, verbose_name="language")),
                ("is_active", models.BooleanField(default=True)),
                ("is_staff", models.BooleanField(default=False)),
                ("date_joined", models.DateTimeField(default=django.utils.timezone.now)),
                ("emails_notices", models.BooleanField(default=True, verbose_name="notices by e-mail")),
                (
                    "groups",
                    models.ManyToManyField(
                        blank=True,
                        help_text="The groups this user belongs to. A user will get all permissions granted to each of "
                        "their groups.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.group",
                        verbose_name="groups",
                    ),
                ),
                (
                    "user_permissions",
                    models.ManyToManyField(
                        blank=True,
                        help_text="Specific permissions for this user.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.permission",
                        verbose_name="user permissions",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
            managers=[
                ("objects", tilisilta.store.company.UserManager()),
            ],
        ),
        migrations.CreateModel(
            name="ApiToken",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=100)),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("owner", "Owner"),
                            ("admin", "Administrator"),
                            ("accountant", "Accountant"),
                            ("viewer", "Viewer"),
                        ],
                        max_length=12,
                    ),
                ),
                ("prefix", models.CharField(max_length=16)),
                ("token_hash", models.CharField(max_length=64, unique=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("last_used_at", models.DateTimeField(blank=True, null=True)),
                ("expires_at", models.DateTimeField(blank=True, null=True)),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="api_tokens", to="store.company"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="BusinessRegisterEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("country", models.CharField(default="EE", max_length=2)),
                ("registry_code", models.CharField(max_length=20)),
                ("name", models.CharField(max_length=300)),
                ("search_name", models.CharField(max_length=300)),
                ("vat_number", models.CharField(blank=True, max_length=20)),
                ("status", models.CharField(blank=True, max_length=10)),
                ("street", models.CharField(blank=True, max_length=300)),
                ("place", models.CharField(blank=True, max_length=200)),
                ("postal_code", models.CharField(blank=True, max_length=10)),
                ("email", models.CharField(blank=True, max_length=254)),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["country", "search_name"],
                        name="register_by_name",
                        opclasses=["varchar_pattern_ops", "varchar_pattern_ops"],
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("country", "registry_code"), name="register_code_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="WorkspaceSettings",
            fields=[
                (
                    "company",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="workspace",
                        serialize=False,
                        to="store.company",
                    ),
                ),
                ("is_on", models.BooleanField(default=False)),
                ("bank_iban", models.CharField(blank=True, max_length=34)),
                ("bank_bic", models.CharField(blank=True, max_length=11)),
                ("street", models.CharField(blank=True, max_length=150)),
                ("city", models.CharField(blank=True, max_length=80)),
                ("postal_code", models.CharField(blank=True, max_length=12)),
                ("email", models.EmailField(blank=True, max_length=254)),
                ("phone", models.CharField(blank=True, max_length=40)),
                ("einvoice_address", models.CharField(blank=True, max_length=50)),
                ("einvoice_operator", models.CharField(blank=True, max_length=50)),
                ("payment_term_days", models.PositiveSmallIntegerField(default=14)),
                ("interest_percent", models.DecimalField(blank=True, decimal_places=2, max_digits=5, null=True)),
                ("circulation_on", models.BooleanField(default=False)),
                ("checkers_needed", models.PositiveSmallIntegerField(default=0)),
                ("approvers_needed", models.PositiveSmallIntegerField(default=1)),
                (
                    "foreman_part",
                    models.CharField(
                        choices=[
                            ("none", "Not added"),
                            ("checker", "Checker"),
                            ("approver", "Approver"),
                            ("both", "Checker and approver"),
                        ],
                        default="none",
                        max_length=8,
                    ),
                ),
                ("foreman_is_mandatory", models.BooleanField(default=False)),
                ("days_until_paid", models.PositiveSmallIntegerField(default=3)),
                ("posts_on_sending", models.BooleanField(default=False)),
            ],
        ),
        migrations.CreateModel(
            name="CatalogueSnapshot",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=20)),
                ("entries", models.JSONField(default=list)),
                ("fetched_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "connection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="catalogues", to="store.connection"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("connection", "kind"), name="catalogue_once")],
            },
        ),
        migrations.CreateModel(
            name="Binding",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("customer", "customer"),
                            ("supplier", "supplier"),
                            ("item", "item"),
                            ("sales_invoice", "sales_invoice"),
                            ("sales_credit_note", "sales_credit_note"),
                            ("purchase_invoice", "purchase_invoice"),
                            ("purchase_credit_note", "purchase_credit_note"),
                            ("payment", "payment"),
                            ("journal_entry", "journal_entry"),
                        ],
                        max_length=24,
                    ),
                ),
                ("source_id", models.CharField(max_length=200)),
                ("source_label", models.CharField(blank=True, max_length=200)),
                ("target_id", models.CharField(max_length=120)),
                ("target_label", models.CharField(blank=True, max_length=200)),
                (
                    "origin",
                    models.CharField(
                        choices=[
                            ("sent", "Created by a transfer"),
                            ("found", "Found in the target"),
                            ("matched", "Matched by a person"),
                            ("imported", "From a file"),
                        ],
                        default="sent",
                        max_length=10,
                    ),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "created_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "company",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="bindings",
                        to="store.company",
                    ),
                ),
                (
                    "source_connection",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="bindings_from",
                        to="store.connection",
                    ),
                ),
                (
                    "target_connection",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="bindings_to",
                        to="store.connection",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("source_connection", "target_connection", "kind", "source_id"), name="binding_once"
                    )
                ],
                "indexes": [
                    models.Index(fields=["company", "kind"], name="binding_list"),
                    models.Index(fields=["target_connection", "kind", "target_id"], name="binding_target"),
                ],
            },
        ),
        migrations.CreateModel(
            name="DefaultHandler",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("role", models.CharField(choices=[("checker", "Checker"), ("approver", "Approver")], max_length=8)),
                ("is_mandatory", models.BooleanField(default=False)),
                ("from_minor", models.BigIntegerField(default=0)),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="default_handlers", to="store.company"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Document",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("customer", "customer"),
                            ("supplier", "supplier"),
                            ("item", "item"),
                            ("sales_invoice", "sales_invoice"),
                            ("sales_credit_note", "sales_credit_note"),
                            ("purchase_invoice", "purchase_invoice"),
                            ("purchase_credit_note", "purchase_credit_note"),
                            ("payment", "payment"),
                            ("journal_entry", "journal_entry"),
                        ],
                        max_length=24,
                    ),
                ),
                ("source_id", models.CharField(max_length=120)),
                ("number", models.CharField(blank=True, max_length=100)),
                ("date", models.DateField(blank=True, null=True)),
                ("due_date", models.DateField(blank=True, null=True)),
                ("party_name", models.CharField(blank=True, max_length=200)),
                ("party_key", models.CharField(blank=True, max_length=200)),
                ("currency", models.CharField(blank=True, max_length=3)),
                ("net_minor", models.BigIntegerField(default=0)),
                ("vat_minor", models.BigIntegerField(default=0)),
                ("gross_minor", models.BigIntegerField(default=0)),
                ("version", models.PositiveIntegerField(default=1)),
                ("version_hash", models.CharField(max_length=32)),
                ("payload", models.BinaryField()),
                ("is_deleted_at_source", models.BooleanField(default=False)),
                ("first_seen_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("changed_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "company",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="documents",
                        to="store.company",
                    ),
                ),
                (
                    "connection",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="documents",
                        to="store.connection",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("connection", "kind", "source_id"), name="document_once")
                ],
                "indexes": [
                    models.Index(fields=["company", "party_name"], name="document_party"),
                    models.Index(fields=["company", "number"], name="document_number"),
                    models.Index(fields=["company", "-date", "-id"], name="document_list_all"),
                    models.Index(fields=["company", "kind", "-date", "-id"], name="document_list"),
                ],
            },
        ),
        migrations.CreateModel(
            name="DocumentVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField()),
                ("version_hash", models.CharField(max_length=32)),
                ("payload", models.BinaryField()),
                ("replaced_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "document",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="versions", to="store.document"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("document", "version"), name="document_version_once")],
            },
        ),
        migrations.CreateModel(
            name="FileContent",
            fields=[
                (
                    "file",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="content",
                        serialize=False,
                        to="store.storedfile",
                    ),
                ),
                ("content", models.BinaryField()),
            ],
        ),
        migrations.AddField(
            model_name="storedfile",
            name="received_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.CreateModel(
            name="Flow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("sales_invoices", "Sales invoices"),
                            ("purchase_invoices", "Purchase invoices"),
                            ("payments", "Payments"),
                            ("payments_back", "Payments back to the source"),
                            ("parties", "Customers and suppliers"),
                            ("items", "Items"),
                            ("period_sales", "Closed periods of sales"),
                            ("period_purchases", "Closed periods of purchases"),
                        ],
                        max_length=20,
                    ),
                ),
                ("is_enabled", models.BooleanField(default=True)),
                ("is_automatic", models.BooleanField(default=False)),
                ("schedule", models.CharField(blank=True, max_length=60)),
                ("settings", models.JSONField(default=dict)),
                ("next_due_at", models.DateTimeField(blank=True, null=True)),
                ("last_from", models.DateField(blank=True, null=True)),
                ("last_to", models.DateField(blank=True, null=True)),
                ("changes_until", models.DateTimeField(blank=True, null=True)),
                ("cursor_token", models.CharField(blank=True, max_length=200)),
                ("automatic_since", models.DateTimeField(blank=True, null=True)),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="flows", to="store.company"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["next_due_at"], name="flow_due")],
            },
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("customer", "customer"),
                            ("supplier", "supplier"),
                            ("item", "item"),
                            ("sales_invoice", "sales_invoice"),
                            ("sales_credit_note", "sales_credit_note"),
                            ("purchase_invoice", "purchase_invoice"),
                            ("purchase_credit_note", "purchase_credit_note"),
                            ("payment", "payment"),
                            ("journal_entry", "journal_entry"),
                        ],
                        max_length=24,
                    ),
                ),
                ("source_id", models.CharField(max_length=120)),
                ("number", models.CharField(blank=True, max_length=100)),
                ("party_name", models.CharField(blank=True, max_length=200)),
                ("date", models.DateField(blank=True, null=True)),
                ("currency", models.CharField(blank=True, max_length=3)),
                ("gross_minor", models.BigIntegerField(default=0)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("problem", "Needs solving"),
                            ("parked", "On hold"),
                            ("ready", "Ready to send"),
                            ("sending", "Being sent"),
                            ("uncertain", "Being checked"),
                            ("sent", "Sent"),
                            ("confirmed", "Confirmed"),
                            ("refused", "Refused"),
                            ("drifted", "Changed since"),
                            ("skipped", "Left out"),
                        ],
                        max_length=10,
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=60)),
                ("reason_params", models.JSONField(default=dict)),
                ("key", models.CharField(db_index=True, max_length=40)),
                ("attempt", models.PositiveIntegerField(default=0)),
                ("version_hash", models.CharField(blank=True, max_length=32)),
                ("fence", models.BigIntegerField(default=0)),
                ("target_id", models.CharField(blank=True, max_length=120)),
                ("target_number", models.CharField(blank=True, max_length=100)),
                ("target_gross_minor", models.BigIntegerField(blank=True, null=True)),
                ("retry_at", models.DateTimeField(blank=True, null=True)),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("updated_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "company",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="deliveries",
                        to="store.company",
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "document",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="deliveries",
                        to="store.document",
                    ),
                ),
                (
                    "flow",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="deliveries",
                        to="store.flow",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "deliveries",
                "constraints": [models.UniqueConstraint(fields=("flow", "kind", "source_id"), name="delivery_once")],
                "indexes": [
                    models.Index(fields=["flow", "state"], name="delivery_flow_state"),
                    models.Index(fields=["company", "state", "-id"], name="delivery_state"),
                ],
            },
        ),
        migrations.CreateModel(
            name="FollowUp",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("step", "Further step at the target"),
                            ("file", "Attachment"),
                            ("status", "Status at the source"),
                        ],
                        max_length=8,
                    ),
                ),
                ("subject", models.CharField(max_length=200)),
                ("name", models.CharField(blank=True, max_length=255)),
                ("media_type", models.CharField(blank=True, max_length=100)),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "Waiting"), ("done", "Done"), ("failed", "Failed")],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                ("attempt", models.PositiveSmallIntegerField(default=0)),
                ("problem_code", models.CharField(blank=True, max_length=60)),
                ("problem_params", models.JSONField(default=dict)),
                ("due_at", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("done_at", models.DateTimeField(blank=True, null=True)),
                (
                    "company",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="follow_ups",
                        to="store.company",
                    ),
                ),
                (
                    "delivery",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="follow_ups",
                        to="store.delivery",
                    ),
                ),
                (
                    "flow",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="follow_ups",
                        to="store.flow",
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("delivery", "kind", "subject"), name="follow_up_once")],
                "indexes": [
                    models.Index(condition=models.Q(("state", "waiting")), fields=["flow"], name="follow_up_waiting")
                ],
            },
        ),
        migrations.CreateModel(
            name="IdempotencyRecord",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=128)),
                ("request_hash", models.CharField(max_length=64)),
                ("status", models.PositiveSmallIntegerField(default=0)),
                ("response", models.BinaryField(default=bytes)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("token", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="store.apitoken")),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("token", "key"), name="idempotency_key_once")],
            },
        ),
        migrations.CreateModel(
            name="Integration",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                ("settings", models.JSONField(default=dict)),
                (
                    "state",
                    models.CharField(
                        choices=[("setup", "Being set up"), ("ready", "Ready"), ("paused", "Paused")],
                        default="setup",
                        max_length=10,
                    ),
                ),
                ("checklist", models.JSONField(default=dict)),
                ("activated_at", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("fence", models.BigIntegerField(default=0)),
                ("lease_until", models.DateTimeField(blank=True, null=True)),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="integrations", to="store.company"
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="integrations_from",
                        to="store.connection",
                    ),
                ),
                (
                    "target",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="integrations_to",
                        to="store.connection",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("company", "source", "target"), name="integration_once")
                ],
            },
        ),
        migrations.AddField(
            model_name="flow",
            name="integration",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="flows", to="store.integration"
            ),
        ),
        migrations.CreateModel(
            name="DeliveryProblem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=60)),
                ("severity", models.CharField(default="error", max_length=8)),
                ("where", models.CharField(blank=True, max_length=60)),
                ("params", models.JSONField(default=dict)),
                ("group", models.CharField(max_length=200)),
                ("evidence", models.JSONField(default=dict)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("solved_at", models.DateTimeField(blank=True, null=True)),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="problems", to="store.company"
                    ),
                ),
                (
                    "delivery",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="problems", to="store.delivery"
                    ),
                ),
                (
                    "solved_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "integration",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="problems", to="store.integration"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["delivery", "solved_at"], name="problem_delivery"),
                    models.Index(fields=["company", "solved_at", "group"], name="problem_group"),
                ],
            },
        ),
        migrations.CreateModel(
            name="ClosedPeriod",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("side", models.CharField(choices=[("sales", "Sales"), ("purchase", "Purchases")], max_length=8)),
                ("date_from", models.DateField()),
                ("date_to", models.DateField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("closing", "Being closed"),
                            ("sent", "Closed and sent"),
                            ("closed", "Closed, not sent"),
                            ("failed", "Closed, sending failed"),
                            ("reopened", "Opened again"),
                        ],
                        default="closing",
                        max_length=10,
                    ),
                ),
                ("per_day", models.BooleanField(default=False)),
                ("revision", models.PositiveIntegerField(default=1)),
                ("document_count", models.PositiveIntegerField(default=0)),
                ("net_minor", models.BigIntegerField(default=0)),
                ("vat_minor", models.BigIntegerField(default=0)),
                ("gross_minor", models.BigIntegerField(default=0)),
                ("totals", models.JSONField(default=dict)),
                ("closed_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
                ("reopened_at", models.DateTimeField(blank=True, null=True)),
                ("reopen_reason", models.CharField(blank=True, max_length=200)),
                ("problem_code", models.CharField(blank=True, max_length=60)),
                ("problem_params", models.JSONField(default=dict)),
                (
                    "closed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "reopened_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="closed_periods", to="store.company"
                    ),
                ),
                (
                    "integration",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="closed_periods",
                        to="store.integration",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["company", "side", "-date_to"], name="closed_period_list")],
            },
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("email", models.EmailField(max_length=254)),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("owner", "Owner"),
                            ("admin", "Administrator"),
                            ("accountant", "Accountant"),
                            ("viewer", "Viewer"),
                        ],
                        max_length=12,
                    ),
                ),
                ("token_hash", models.CharField(max_length=64, unique=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("expires_at", models.DateTimeField()),
                ("accepted_at", models.DateTimeField(blank=True, null=True)),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="invitations", to="store.company"
                    ),
                ),
                (
                    "invited_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="LedgerAccount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.CharField(max_length=20)),
                ("name", models.CharField(max_length=150)),
                (
                    "type",
                    models.CharField(
                        choices=[
                            ("asset", "Asset"),
                            ("liability", "Liability"),
                            ("equity", "Equity"),
                            ("income", "Income"),
                            ("expense", "Expense"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "role",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "–"),
                            ("receivables", "Trade receivables"),
                            ("payables", "Trade payables"),
                            ("bank", "Bank account"),
                            ("cash", "Cash"),
                            ("sales", "Sales"),
                            ("purchases", "Purchases"),
                            ("output_vat", "Output VAT"),
                            ("input_vat", "Input VAT"),
                            ("rounding", "Rounding"),
                            ("prepayments", "Prepayments"),
                            ("bank_fees", "Bank fees"),
                        ],
                        max_length=12,
                    ),
                ),
                ("vat_treatment", models.CharField(blank=True, max_length=40)),
                ("vat_rate", models.DecimalField(blank=True, decimal_places=3, max_digits=6, null=True)),
                ("is_active", models.BooleanField(default=True)),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="ledger_accounts", to="store.company"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("company", "number"), name="ledger_account_once")],
            },
        ),
        migrations.CreateModel(
            name="MappingRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("table", models.CharField(max_length=20)),
                ("source_key", models.CharField(max_length=120)),
                ("source_label", models.CharField(blank=True, max_length=200)),
                ("direction", models.CharField(blank=True, max_length=10)),
                ("vat_rate", models.DecimalField(blank=True, decimal_places=3, max_digits=6, null=True)),
                ("target_key", models.CharField(blank=True, max_length=120)),
                ("target_label", models.CharField(blank=True, max_length=200)),
                ("extra", models.JSONField(default=dict)),
                ("updated_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="mapping_rows", to="store.company"
                    ),
                ),
                (
                    "integration",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="mapping_rows", to="store.integration"
                    ),
                ),
                (
                    "updated_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("integration", "table", "source_key", "direction", "vat_rate"),
                        name="mapping_row_rate_once",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("vat_rate__isnull", True)),
                        fields=("integration", "table", "source_key", "direction"),
                        name="mapping_row_once",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="MatchProposal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("candidates", models.JSONField(default=list)),
                ("best_confidence", models.FloatField(default=0.0)),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "To decide"), ("matched", "Matched"), ("create", "Create new")],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="match_proposals", to="store.company"
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "delivery",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="match_proposal", to="store.delivery"
                    ),
                ),
                (
                    "integration",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="match_proposals",
                        to="store.integration",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Membership",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("owner", "Owner"),
                            ("admin", "Administrator"),
                            ("accountant", "Accountant"),
                            ("viewer", "Viewer"),
                        ],
                        default="viewer",
                        max_length=12,
                    ),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="memberships", to="store.company"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="memberships",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("company", "user"), name="membership_once")],
            },
        ),
        migrations.CreateModel(
            name="Notice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=60)),
                ("params", models.JSONField(default=dict)),
                (
                    "level",
                    models.CharField(
                        choices=[
                            ("info", "Information"),
                            ("success", "Done"),
                            ("warning", "Warning"),
                            ("error", "Error"),
                        ],
                        default="info",
                        max_length=10,
                    ),
                ),
                ("link", models.CharField(blank=True, max_length=300)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("read_at", models.DateTimeField(blank=True, null=True)),
                ("emailed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="notices", to="store.company"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="notices", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["user", "-created_at"], name="notice_list")],
            },
        ),
        migrations.CreateModel(
            name="NumberSeries",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60)),
                ("is_for_credit_notes", models.BooleanField(default=False)),
                ("prefix", models.CharField(blank=True, max_length=12)),
                ("next_number", models.PositiveIntegerField(default=1)),
                ("width", models.PositiveSmallIntegerField(default=0)),
                ("is_default", models.BooleanField(default=False)),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="number_series", to="store.company"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PeriodVoucher",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("source_id", models.CharField(max_length=120)),
                ("date", models.DateField()),
                ("revision", models.PositiveIntegerField(default=1)),
                ("replaces", models.CharField(blank=True, max_length=120)),
                ("payload", models.BinaryField()),
                (
                    "period",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="vouchers", to="store.closedperiod"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("period", "source_id"), name="period_voucher_once")],
            },
        ),
        migrations.CreateModel(
            name="RegisterLoad",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("country", models.CharField(default="EE", max_length=2)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("running", "running"),
                            ("done", "done"),
                            ("unchanged", "unchanged"),
                            ("failed", "failed"),
                        ],
                        default="running",
                        max_length=10,
                    ),
                ),
                ("source", models.CharField(max_length=500)),
                ("etag", models.CharField(blank=True, max_length=200)),
                ("last_modified", models.CharField(blank=True, max_length=60)),
                ("rows", models.IntegerField(default=0)),
                ("changed", models.IntegerField(default=0)),
                ("bytes", models.BigIntegerField(default=0)),
                ("seconds", models.FloatField(default=0)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                ("problem", models.CharField(blank=True, max_length=60)),
                ("problem_params", models.JSONField(default=dict)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "running")),
                        fields=("country",),
                        name="register_load_one_at_a_time",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Run",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "mode",
                    models.CharField(
                        choices=[
                            ("preview", "Preview"),
                            ("run", "Import"),
                            ("resend", "Send again"),
                            ("reconcile", "Compare both sides"),
                        ],
                        default="run",
                        max_length=10,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "Waiting"),
                            ("running", "Running"),
                            ("waiting", "Waiting for the other system"),
                            ("done", "Done"),
                            ("done_with_problems", "Done, with problems"),
                            ("failed", "Failed"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="queued",
                        max_length=20,
                    ),
                ),
                ("is_automatic", models.BooleanField(default=False)),
                ("requested_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("started_at", models.DateTimeField(blank=True, null=True)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                ("heartbeat_at", models.DateTimeField(blank=True, null=True)),
                ("cancel_requested_at", models.DateTimeField(blank=True, null=True)),
                ("resume_at", models.DateTimeField(blank=True, null=True)),
                ("date_from", models.DateField(blank=True, null=True)),
                ("date_to", models.DateField(blank=True, null=True)),
                ("selection", models.JSONField(default=list)),
                ("fence", models.BigIntegerField(default=0)),
                ("takeovers", models.PositiveIntegerField(default=0)),
                ("seen", models.PositiveIntegerField(default=0)),
                ("known", models.PositiveIntegerField(default=0)),
                ("sent", models.PositiveIntegerField(default=0)),
                ("skipped", models.PositiveIntegerField(default=0)),
                ("problems", models.PositiveIntegerField(default=0)),
                ("drifted", models.PositiveIntegerField(default=0)),
                ("expected", models.PositiveIntegerField(blank=True, null=True)),
                ("problem_code", models.CharField(blank=True, max_length=60)),
                ("problem_params", models.JSONField(default=dict)),
                ("evidence", models.JSONField(default=dict)),
                ("result", models.JSONField(default=dict)),
                ("position", models.JSONField(default=dict)),
                (
                    "cancelled_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="runs", to="store.company"
                    ),
                ),
                (
                    "flow",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="runs", to="store.flow"
                    ),
                ),
                (
                    "requested_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["state", "resume_at"], name="run_state"),
                    models.Index(fields=["company", "-requested_at"], name="run_list"),
                ],
            },
        ),
        migrations.AddField(
            model_name="integration",
            name="lease_run",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="store.run"
            ),
        ),
        migrations.CreateModel(
            name="Event",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                ("code", models.CharField(max_length=60)),
                ("level", models.CharField(default="info", max_length=8)),
                ("params", models.JSONField(default=dict)),
                ("evidence", models.JSONField(default=dict)),
                (
                    "company",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="events",
                        to="store.company",
                    ),
                ),
                (
                    "delivery",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="events",
                        to="store.delivery",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="store.run",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["delivery", "id"], name="event_delivery")],
            },
        ),
        migrations.AddField(
            model_name="delivery",
            name="run",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="deliveries",
                to="store.run",
            ),
        ),
        migrations.CreateModel(
            name="ShelfCall",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("operation", models.CharField(max_length=60)),
                ("outcome", models.CharField(blank=True, max_length=40)),
                ("count", models.IntegerField(default=0)),
                ("last_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("last_ip", models.GenericIPAddressField(blank=True, null=True)),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="store.company"
                    ),
                ),
                (
                    "connection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="shelf_calls", to="store.connection"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("connection", "day", "operation", "outcome"), name="shelf_call_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ShelfDocument",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("customer", "Customers"),
                            ("item", "Items"),
                            ("sales_invoice", "Sales invoices"),
                            ("sales_credit_note", "Sales credit notes"),
                        ],
                        max_length=20,
                    ),
                ),
                ("key", models.CharField(max_length=200)),
                ("guid", models.UUIDField()),
                ("number", models.CharField(blank=True, max_length=100)),
                ("register", models.CharField(blank=True, max_length=20)),
                ("party_guid", models.UUIDField(blank=True, null=True)),
                ("party_name", models.CharField(blank=True, max_length=200)),
                ("date", models.DateField(blank=True, null=True)),
                ("gross_minor", models.BigIntegerField(blank=True, null=True)),
                ("currency", models.CharField(blank=True, max_length=3)),
                ("is_reverse_charge", models.BooleanField(default=False)),
                ("is_active", models.BooleanField(default=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting to be fetched"),
                            ("transferred", "Fetched"),
                            ("other", "In another status"),
                        ],
                        default="waiting",
                        max_length=12,
                    ),
                ),
                ("status", models.CharField(blank=True, max_length=200)),
                ("payload", models.TextField()),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("changed_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("taken_at", models.DateTimeField(blank=True, null=True)),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="shelf_documents", to="store.company"
                    ),
                ),
                (
                    "connection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="shelf_documents",
                        to="store.connection",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("connection", "guid"), name="shelf_guid_once"),
                    models.UniqueConstraint(fields=("connection", "key"), name="shelf_key_once"),
                ],
                "indexes": [
                    models.Index(fields=["connection", "kind", "date"], name="shelf_date"),
                    models.Index(fields=["connection", "kind", "number"], name="shelf_number"),
                    models.Index(fields=["connection", "kind", "state", "id"], name="shelf_state"),
                ],
            },
        ),
        migrations.CreateModel(
            name="StagedTable",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("subject", models.CharField(max_length=20)),
                ("kind", models.CharField(max_length=24)),
                ("name", models.CharField(max_length=255)),
                ("rows", models.JSONField(default=list)),
                ("summary", models.JSONField(default=dict)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("applied_at", models.DateTimeField(blank=True, null=True)),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="staged_tables", to="store.company"
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "integration",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="staged_tables",
                        to="store.integration",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["company", "-created_at"], name="staged_list")],
            },
        ),
        migrations.CreateModel(
            name="WorkspaceDimension",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("axis", models.CharField(max_length=40)),
                ("code", models.CharField(max_length=40)),
                ("name", models.CharField(blank=True, max_length=150)),
                ("is_active", models.BooleanField(default=True)),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="workspace_dimensions",
                        to="store.company",
                    ),
                ),
                (
                    "foreman",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("company", "axis", "code"), name="workspace_dimension_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="WorkspaceInvoice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("direction", models.CharField(choices=[("sales", "Sales"), ("purchase", "Purchases")], max_length=8)),
                ("is_credit_note", models.BooleanField(default=False)),
                ("number", models.CharField(blank=True, max_length=100)),
                ("date", models.DateField()),
                ("due_date", models.DateField(blank=True, null=True)),
                ("party_name", models.CharField(max_length=200)),
                ("currency", models.CharField(default="EUR", max_length=3)),
                ("net_minor", models.BigIntegerField(default=0)),
                ("vat_minor", models.BigIntegerField(default=0)),
                ("gross_minor", models.BigIntegerField(default=0)),
                ("paid_minor", models.BigIntegerField(default=0)),
                ("reference_number", models.CharField(blank=True, max_length=35)),
                (
                    "stage",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("sent", "Sent"),
                            ("received", "Received"),
                            ("circulating", "In circulation"),
                            ("approved", "Approved"),
                            ("rejected", "Rejected"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "posting_stage",
                    models.CharField(
                        choices=[("none", "Not posted"), ("proposed", "Proposed"), ("posted", "Posted")],
                        default="none",
                        max_length=8,
                    ),
                ),
                (
                    "payment_stage",
                    models.CharField(
                        choices=[
                            ("unpaid", "Unpaid"),
                            ("at_bank", "Sent to the bank"),
                            ("partly_paid", "Partly paid"),
                            ("paid", "Paid"),
                        ],
                        default="unpaid",
                        max_length=12,
                    ),
                ),
                (
                    "origin",
                    models.CharField(
                        choices=[
                            ("hand", "By hand"),
                            ("file", "E-invoice file"),
                            ("api", "API"),
                            ("source", "Another system"),
                        ],
                        default="hand",
                        max_length=6,
                    ),
                ),
                ("origin_id", models.CharField(blank=True, max_length=120)),
                ("payload", models.BinaryField()),
                ("version_hash", models.CharField(blank=True, max_length=32)),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
                ("approved_at", models.DateTimeField(blank=True, null=True)),
                ("bank_sent_at", models.DateTimeField(blank=True, null=True)),
                ("bank_error", models.CharField(blank=True, max_length=200)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("updated_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "closed_period",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="invoices",
                        to="store.closedperiod",
                    ),
                ),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="workspace_invoices",
                        to="store.company",
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "credits",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="credited_by",
                        to="store.workspaceinvoice",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("direction", "sales"), models.Q(("number", ""), _negated=True)),
                        fields=("company", "number"),
                        name="workspace_sales_number_once",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("origin_id", ""), _negated=True),
                        fields=("company", "origin", "origin_id"),
                        name="workspace_invoice_origin_once",
                    ),
                ],
                "indexes": [
                    models.Index(fields=["company", "updated_at"], name="workspace_invoice_changed"),
                    models.Index(fields=["company", "reference_number"], name="workspace_invoice_reference"),
                    models.Index(fields=["company", "number"], name="workspace_invoice_number"),
                    models.Index(fields=["company", "direction", "stage"], name="workspace_invoice_stage"),
                    models.Index(fields=["company", "direction", "-date", "-id"], name="workspace_invoice_list"),
                ],
            },
        ),
        migrations.CreateModel(
            name="WorkspaceEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                ("code", models.CharField(max_length=60)),
                ("params", models.JSONField(default=dict)),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "invoice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="events", to="store.workspaceinvoice"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["invoice", "id"], name="workspace_event")],
            },
        ),
        migrations.CreateModel(
            name="WorkspaceAttachment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("is_image", models.BooleanField(default=False)),
                ("name", models.CharField(max_length=255)),
                ("media_type", models.CharField(max_length=100)),
                ("sha256", models.CharField(max_length=64)),
                ("content", models.BinaryField()),
                ("added_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "added_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "invoice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="attachments",
                        to="store.workspaceinvoice",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("is_image", True)), fields=("invoice",), name="workspace_one_image"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="InvoiceHandler",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("role", models.CharField(choices=[("checker", "Checker"), ("approver", "Approver")], max_length=8)),
                ("is_mandatory", models.BooleanField(default=False)),
                (
                    "decision",
                    models.CharField(
                        choices=[("open", "Open"), ("accepted", "Accepted"), ("rejected", "Rejected")],
                        default="open",
                        max_length=8,
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=200)),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "invoice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="handlers",
                        to="store.workspaceinvoice",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("invoice", "user", "role"), name="invoice_handler_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="WorkspaceItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=60)),
                ("name", models.CharField(max_length=200)),
                ("payload", models.BinaryField()),
                ("is_active", models.BooleanField(default=True)),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="workspace_items", to="store.company"
                    ),
                ),
                (
                    "purchase_account",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="store.ledgeraccount",
                    ),
                ),
                (
                    "sales_account",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="store.ledgeraccount",
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("company", "code"), name="workspace_item_once")],
            },
        ),
        migrations.CreateModel(
            name="WorkspaceParty",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=200)),
                ("registry_code", models.CharField(blank=True, max_length=20)),
                ("vat_number", models.CharField(blank=True, max_length=20)),
                ("email", models.EmailField(blank=True, max_length=254)),
                ("is_customer", models.BooleanField(default=False)),
                ("is_supplier", models.BooleanField(default=False)),
                ("payload", models.BinaryField()),
                ("is_active", models.BooleanField(default=True)),
                ("updated_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="workspace_parties",
                        to="store.company",
                    ),
                ),
                (
                    "default_account",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, to="store.ledgeraccount"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["company", "registry_code"], name="workspace_party_code"),
                    models.Index(fields=["company", "name"], name="workspace_party_name"),
                ],
            },
        ),
        migrations.AddField(
            model_name="workspaceinvoice",
            name="party",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="invoices",
                to="store.workspaceparty",
            ),
        ),
        migrations.CreateModel(
            name="WorkspacePayment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("date", models.DateField()),
                ("amount_minor", models.BigIntegerField()),
                ("currency", models.CharField(default="EUR", max_length=3)),
                (
                    "origin",
                    models.CharField(
                        choices=[
                            ("hand", "By hand"),
                            ("reference", "Reference payment"),
                            ("bank", "Bank file"),
                            ("rule", "Past the due date without a bank error"),
                        ],
                        default="hand",
                        max_length=10,
                    ),
                ),
                ("bank_entry_id", models.CharField(blank=True, max_length=140)),
                ("reference_number", models.CharField(blank=True, max_length=35)),
                ("note", models.CharField(blank=True, max_length=200)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("updated_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "closed_period",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="payments",
                        to="store.closedperiod",
                    ),
                ),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="workspace_payments",
                        to="store.company",
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "invoice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="payments",
                        to="store.workspaceinvoice",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("bank_entry_id", ""), _negated=True),
                        fields=("company", "bank_entry_id", "invoice"),
                        name="bank_entry_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="InvoicePosting",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveIntegerField(default=0)),
                ("date", models.DateField()),
                ("debit_minor", models.BigIntegerField(default=0)),
                ("credit_minor", models.BigIntegerField(default=0)),
                ("vat_rate", models.DecimalField(blank=True, decimal_places=3, max_digits=6, null=True)),
                ("vat_treatment", models.CharField(blank=True, max_length=40)),
                ("description", models.CharField(blank=True, max_length=200)),
                ("why", models.CharField(blank=True, max_length=40)),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="postings", to="store.company"
                    ),
                ),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="postings", to="store.ledgeraccount"
                    ),
                ),
                (
                    "invoice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="postings",
                        to="store.workspaceinvoice",
                    ),
                ),
                (
                    "payment",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="postings",
                        to="store.workspacepayment",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["company", "date"], name="posting_date")],
            },
        ),
        migrations.CreateModel(
            name="BankEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("entry_id", models.CharField(max_length=140)),
                ("file_name", models.CharField(max_length=255)),
                ("account_iban", models.CharField(blank=True, max_length=34)),
                ("date", models.DateField()),
                ("amount_minor", models.BigIntegerField()),
                ("currency", models.CharField(default="EUR", max_length=3)),
                ("counterparty_name", models.CharField(blank=True, max_length=200)),
                ("counterparty_iban", models.CharField(blank=True, max_length=34)),
                ("reference_number", models.CharField(blank=True, max_length=35)),
                ("message", models.CharField(blank=True, max_length=500)),
                ("numbers", models.JSONField(default=list)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("matched", "Paid an invoice"),
                            ("proposed", "Proposed"),
                            ("open", "Not matched"),
                            ("ignored", "Left out"),
                        ],
                        default="open",
                        max_length=8,
                    ),
                ),
                ("why", models.CharField(blank=True, max_length=40)),
                ("is_special", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="bank_entries", to="store.company"
                    ),
                ),
                (
                    "invoice",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="bank_entries",
                        to="store.workspaceinvoice",
                    ),
                ),
                (
                    "payment",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="bank_entries",
                        to="store.workspacepayment",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("company", "entry_id"), name="bank_entry_of_company_once")
                ],
                "indexes": [models.Index(fields=["company", "state", "-date", "-id"], name="bank_entry_list")],
            },
        ),
        migrations.CreateModel(
            name="AuditEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                ("actor", models.CharField(blank=True, max_length=200)),
                ("action", models.CharField(max_length=60)),
                ("subject", models.CharField(blank=True, max_length=200)),
                ("subject_link", models.CharField(blank=True, max_length=300)),
                ("details", models.JSONField(default=dict)),
                ("ip", models.GenericIPAddressField(blank=True, null=True)),
                (
                    "token",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="store.apitoken"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "company",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="audit_entries",
                        to="store.company",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "audit entries",
                "indexes": [models.Index(fields=["company", "-at"], name="audit_company_at")],
            },
        ),
        migrations.CreateModel(
            name="ShelfAccess",
            fields=[
                (
                    "connection",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="shelf_access",
                        serialize=False,
                        to="store.connection",
                    ),
                ),
                ("key_hash", models.CharField(max_length=64, unique=True)),
                ("hint", models.CharField(max_length=20)),
                ("made_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="store.company"
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="flow",
            constraint=models.UniqueConstraint(fields=("integration", "kind"), name="flow_once"),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(fields=["run", "state"], name="delivery_run_state"),
        ),
    ]
