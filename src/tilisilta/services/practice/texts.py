"""What the part of the practice module about clients says: mistakes and audit entries. Known once it is imported."""

from django.utils.translation import gettext_lazy as _

from tilisilta.services.audit import ACTIONS
from tilisilta.services.errors import MESSAGES

MESSAGES.update(
    {
        # custom fields and their values
        "FIELD_TITLE_MISSING": _("Write a title for the field."),
        "FIELD_TITLE_TAKEN": _("There is a field called %(title)s already. Choose another title."),
        "FIELD_TYPE_FIXED": _("A field's type stays as it is. Make a new field for another type."),
        "FIELD_TYPE_UNKNOWN": _("There is no type of field called %(type)s."),
        "FIELD_CHOICES_MISSING": _("%(title)s: write at least one choice, each on a line of its own."),
        "FIELD_CHOICE_INVALID": _(
            "The choice %(choice)s cannot be used: a choice has up to %(limit)s letters and no semicolon."
        ),
        "FIELD_CHOICE_TWICE": _("The choice %(choice)s stands twice in the list."),
        "FIELDS_TOO_MANY": _("There may be up to %(limit)s fields. Delete one that is not needed first."),
        "VALUE_REQUIRED": _("%(field)s: fill it in."),
        "VALUE_TOO_LONG": _("%(field)s: at most %(limit)s letters."),
        "VALUE_NOT_INTEGER": _("%(field)s: write a whole number, such as 12, instead of %(value)s."),
        "VALUE_NOT_NUMBER": _("%(field)s: write a number, such as 12,50, instead of %(value)s."),
        "VALUE_NUMBER_TOO_LARGE": _("%(field)s: the number %(value)s is too large."),
        "VALUE_DECIMALS": _("%(field)s: at most %(places)s decimals."),
        "VALUE_NOT_DATE": _("%(field)s: write a date, such as 31.12.2026, instead of %(value)s."),
        "VALUE_NOT_FLAG": _("%(field)s: write 1 or 0 instead of %(value)s."),
        "VALUE_NOT_CHOICE": _("%(field)s: %(value)s is not one of %(choices)s."),
        "VALUE_FIELD_UNKNOWN": _("There is no custom field called %(field)s."),
        # groups
        "GROUP_NAME_MISSING": _("Write a name for the group."),
        "GROUP_NAME_TAKEN": _("There is a group called %(name)s already."),
        "GROUP_UNKNOWN": _("There is no client group called %(group)s. Make it first."),
        # clients
        "CLIENT_FIELD_REQUIRED": _("%(field)s: fill it in."),
        "CLIENT_FIELD_TOO_LONG": _("%(field)s: at most %(limit)s letters."),
        "CLIENT_FIELD_CHARACTER": _("%(field)s: it holds a character that cannot be stored."),
        "CLIENT_EMAIL_INVALID": _("%(field)s: %(value)s is not an e-mail address."),
        "CLIENT_KIND_UNKNOWN": _("%(field)s: there is no kind called %(value)s."),
        "CLIENT_COUNTRY_UNKNOWN": _("%(field)s: %(value)s is not a country. Write two letters, such as EE."),
        "CLIENT_LANGUAGE_UNKNOWN": _("%(field)s: %(value)s is not a language. Write its code, such as et."),
        "CLIENT_TERM_INVALID": _("%(field)s: a number of days from 0 to %(limit)s."),
        "CLIENT_CODE_TAKEN": _("%(name)s has the registry code %(registry_code)s already. Open that client instead."),
        "CLIENT_MEMBER_UNKNOWN": _("Choose a person who works in this company and is not a viewer."),
        "CLIENT_BILLED_TO_ITSELF": _("A client's invoices go to the client itself already. Leave the payer empty."),
        "CLIENT_BILLED_IN_CIRCLE": _("%(name)s pays through this client itself. Choose another payer."),
        "CONTACT_NAME_MISSING": _("Write the contact's first name."),
        "CONTACT_BIRTHDAY_LATER": _("The birthday is in the future."),
        # lists and bulk actions
        "BULK_NONE_TICKED": _("Tick at least one client first."),
        "BULK_TOO_MANY": _("Up to %(limit)s clients can be changed at once. Narrow the list by a filter."),
        "BULK_ACTION_UNKNOWN": _("Choose what to do with the ticked clients."),
        "BULK_CHOICE_MISSING": _("Choose a value for this action."),
        # import from a table
        "CLIENT_ROW_TOO_LONG": _("the row has more cells than the header has columns"),
        "CLIENT_ROW_TWICE": _("%(field)s: %(value)s stands in row %(first)s already."),
        "CLIENT_ROW_AMBIGUOUS": _("several clients are called %(value)s. Add the registry code."),
    }
)

ACTIONS.update(
    {
        "practice.switched_on": _("Practice module switched on"),
        "practice.switched_off": _("Practice module switched off"),
        "practice.settings_changed": _("Practice settings changed"),
        "practice.field_created": _("Custom field added"),
        "practice.field_updated": _("Custom field changed"),
        "practice.field_deleted": _("Custom field deleted"),
        "practice.field_restored": _("Custom field restored"),
        "practice.group_created": _("Client group added"),
        "practice.group_updated": _("Client group changed"),
        "practice.group_deleted": _("Client group deleted"),
        "client.created": _("Client added"),
        "client.updated": _("Client changed"),
        "client.contact_saved": _("Client's contact written down"),
        "client.contact_deleted": _("Client's contact deleted"),
        "client.bulk_changed": _("Several clients changed"),
    }
)
