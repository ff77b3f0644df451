"""Posts, holdings and accounts change only together with a record that announces it."""

from django.db import migrations

from supervision.ledger.fences import announce

# Signing in moves the last sign-in, the last code and the form of the password hash; these are no change of an account.
OF_AN_ACCOUNT = ("username", "name", "is_active", "otp_secret")


class Migration(migrations.Migration):
    dependencies = [
        ("authorization", "0002_letters_need_records"),
        ("supervision", "0007_configuration_is_announced"),
    ]

    operations = [
        announce("authorization_post"),
        announce("authorization_postholding"),
        announce("authorization_person", columns=OF_AN_ACCOUNT),
    ]
