import { BackToChats } from '@/components/back-to-chats';
import { AppearanceSection } from './appearance-section';
import { BlockedSection } from './blocked-section';
import { DevicesSection } from './devices-section';
import { LogoutButton } from './logout-button';
import { NotificationsSection } from './notifications-section';
import { PasswordSection } from './password-section';
import { PrivacySection } from './privacy-section';
import { ProfileSection } from './profile-section';

export function SettingsPage() {
  return (
    <div className="relative h-full overflow-y-auto bg-canvas">
      <header className="sticky top-0 z-10 flex h-16 items-center gap-3 border-b border-base-300/70 bg-base-100 px-3 sm:px-6">
        <BackToChats />
        <h1 className="text-lg font-semibold">Settings</h1>
      </header>
      <div className="mx-auto max-w-2xl space-y-4 px-3 py-5 sm:px-6 sm:py-8">
        <ProfileSection />
        <NotificationsSection />
        <AppearanceSection />
        <PrivacySection />
        <BlockedSection />
        <PasswordSection />
        <DevicesSection />
        <div className="flex justify-center pt-2">
          <LogoutButton />
        </div>
      </div>
    </div>
  );
}
